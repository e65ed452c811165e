namespace TursoWorld.Tests.Support;

/// <summary>A place at which code stands still until the test lets it go on.</summary>
internal sealed class Hold
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when somebody stands here.</summary>
    public Task ReachedAsync() => _reached.Task.WaitAsync(Limit);

    /// <summary>Lets everybody go on, now and later.</summary>
    public void Release() => _released.TrySetResult();

    /// <summary>Says that somebody is here, who goes on.</summary>
    public void Touch() => _reached.TrySetResult();

    /// <summary>Stands still.</summary>
    public Task PassAsync()
    {
        Touch();
        return _released.Task.WaitAsync(Limit);
    }
}
