namespace TursoWorld.Runtime;

/// <summary>What has happened around a run since its last turn. Whoever finds nobody at work begins the work.</summary>
internal sealed class RunInbox
{
    private static readonly EndedStep[] Nothing = [];

    // Guards everything below.
    private readonly Lock _lock = new();
    private List<EndedStep>? _ended;
    private bool _hasNews;
    private bool _isWorking;

    /// <returns>True when the caller must begin a turn.</returns>
    public bool Post(EndedStep? ended)
    {
        lock (_lock)
        {
            if (ended is not null)
            {
                (_ended ??= []).Add(ended);
            }

            _hasNews = true;
            var begins = !_isWorking;
            _isWorking = true;
            return begins;
        }
    }

    /// <summary>Takes what has come.</summary>
    /// <returns>False when nothing has: nobody is at work any more.</returns>
    public bool TryTake(out IReadOnlyList<EndedStep> ended)
    {
        lock (_lock)
        {
            if (!_hasNews)
            {
                ended = Nothing;
                _isWorking = false;
                return false;
            }

            ended = _ended is null ? Nothing : _ended;
            _hasNews = false;
            _ended = null;
            return true;
        }
    }
}
