namespace TursoWorld.Tests.Support;

/// <summary>What becomes of a request between client and server.</summary>
internal abstract record Fault
{
    private Fault()
    {
    }

    /// <summary>The connection is cut; the server never hears of the request.</summary>
    public sealed record CutBeforeForwarding : Fault;

    /// <summary>The server does its work and answers; then the connection is cut.</summary>
    public sealed record CutAnswer : Fault;

    /// <summary>The server does its work; half of what it answers arrives, then the connection is cut.</summary>
    public sealed record HalfAnswer : Fault;

    /// <summary>Somebody in between answers; the server never hears of the request.</summary>
    /// <param name="Status">For example <c>502 Bad Gateway</c>.</param>
    /// <param name="Body">The text of the answer.</param>
    public sealed record Answer(string Status, string Body) : Fault
    {
        public string ContentType { get; init; } = "application/json";

        /// <summary>Seconds of a <c>Retry-After</c>; null sends none.</summary>
        public int? RetryAfter { get; init; }

        /// <summary>Whether the server does its work all the same, and its answer is thrown away.</summary>
        public bool AfterForwarding { get; init; }
    }

    /// <summary>The request waits, then it is forwarded.</summary>
    public sealed record HoldRequest(Hold Hold) : Fault;

    /// <summary>The server does its work, and its answer waits.</summary>
    public sealed record HoldAnswer(Hold Hold) : Fault;

    /// <summary>The connection is cut, and the request reaches the server later, when its client has long given it up.</summary>
    /// <param name="Hold">Where the request waits.</param>
    public sealed record ForwardLater(Hold Hold) : Fault
    {
        private readonly TaskCompletionSource _forwarded = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Completes when the server has answered to nobody.</summary>
        public Task Forwarded => _forwarded.Task;

        internal void Complete() => _forwarded.TrySetResult();
    }
}
