using System.Text;
using TursoWorld.Runtime;

namespace TursoWorld;

/// <summary>What the code of a step knows about itself.</summary>
public sealed class StepContext
{
    private readonly AttemptIdentity _attempt;
    private readonly AttemptWatch _watch;
    private readonly StepHeartbeats _heartbeats;
    private readonly JsonPayloads _payloads;
    private readonly CancellationToken? _transaction;

    internal StepContext(
        AttemptIdentity attempt,
        AttemptWatch watch,
        StepHeartbeats heartbeats,
        JsonPayloads payloads,
        CancellationToken? transaction = null)
    {
        _attempt = attempt;
        _watch = watch;
        _heartbeats = heartbeats;
        _payloads = payloads;
        _transaction = transaction;
    }

    /// <summary>The run that asked for the step.</summary>
    public string RunId => _attempt.RunId;

    /// <summary>Identifies the step within its run.</summary>
    public string StepId => _attempt.Step.StepId;

    /// <summary>
    /// The name in the log: the one given in the workflow's code, with <c>#1</c>, <c>#2</c>, … behind it from its second use in
    /// the run on.
    /// </summary>
    public string StepName => _attempt.Step.StepName;

    /// <summary>The number of this attempt, counted from 1.</summary>
    public int Attempt => _attempt.Number;

    /// <summary>
    /// The same for every attempt of this step and unlike that of any other step, also after a crash and in another
    /// process. Pass it to whatever the step calls, so that an effect of an attempt that was cut short is recognised.
    /// </summary>
    public string IdempotencyKey => $"{RunId}:{StepId}";

    /// <summary>
    /// Fires when the result of this attempt can no longer count; <see cref="CancellationCause"/> tells why. An attempt that was
    /// cut short by its time or its silence has failed, whatever its code does then; one that ends because the world stops does
    /// not count, and of one whose step the code of the workflow has cancelled nothing more is recorded.
    /// </summary>
    public CancellationToken CancellationToken => _transaction ?? _watch.Token;

    /// <summary>Why <see cref="CancellationToken"/> has fired; <see cref="CancellationCause.None"/> before.</summary>
    public CancellationCause CancellationCause => _watch.Cause switch
    {
        // A transaction has a limit of its own.
        CancellationCause.None when _transaction is { IsCancellationRequested: true } => CancellationCause.Timeout,
        var cause => cause,
    };

    /// <summary>
    /// Reports how far the step is, and that it is alive. What was reported last is kept beside the step: it can be read as
    /// <see cref="WorkflowStep.Progress"/>, and a later attempt gets it from <see cref="LastProgress{T}"/>. It may be called as
    /// often as is convenient: the first report is written at once, then at most one every 100 ms, the last one at the end of
    /// the attempt. When the process dies, the reports of the last 100 ms may be lost.
    /// </summary>
    /// <param name="progress">Anything; serialized before the call returns.</param>
    /// <typeparam name="T">Its type.</typeparam>
    /// <returns>After the commit, or at once when the report waits for the next commit.</returns>
    /// <exception cref="StepCancelledException">Nothing of this attempt can count any more: stop.</exception>
    /// <exception cref="SerializationException">The progress cannot be serialized.</exception>
    /// <exception cref="StorageException">The database refused; the report is written with the next one.</exception>
    /// <exception cref="InvalidOperationException">The attempt is over, or the step is a transactional one.</exception>
    public Task HeartbeatAsync<T>(T progress) =>
        ReportAsync(_payloads.Serialize(progress, $"The progress of step '{StepName}'"));

    /// <summary>Reports that the step is alive; the progress reported before stays.</summary>
    /// <returns>See <see cref="HeartbeatAsync{T}"/>.</returns>
    /// <exception cref="StepCancelledException">Nothing of this attempt can count any more: stop.</exception>
    /// <exception cref="StorageException">The database refused.</exception>
    /// <exception cref="InvalidOperationException">The attempt is over, or the step is a transactional one.</exception>
    public Task HeartbeatAsync() => ReportAsync(progress: null);

    /// <summary>
    /// What earlier attempts of this step reported last with <see cref="HeartbeatAsync{T}"/>, in whatever process; the default
    /// of the type when they reported nothing. Reports of this attempt do not change it.
    /// </summary>
    /// <typeparam name="T">The type that was reported, or one that the serializer reads from the same bytes.</typeparam>
    /// <remarks>
    /// When what was reported does not fit the type, an exception ends the attempt, which does not count; the next one begins 30 seconds later,
    /// and <see cref="WorkflowRun.BlockedReason"/> says why.
    /// </remarks>
    public T? LastProgress<T>() => _payloads.Read<T?>(_heartbeats.Earlier, $"The last progress of step '{StepName}'");

    /// <summary>
    /// Appends a chunk to a stream of the run. Unlike <see cref="IStreams.WriteAsync(string, string, ReadOnlyMemory{byte}, CancellationToken)"/>
    /// it is refused when nothing of this attempt can count any more, so that an attempt that was left behind writes nothing between
    /// the chunks of the next. What earlier attempts have written stays.
    /// </summary>
    /// <param name="streamName">The stream, 1 to 256 characters.</param>
    /// <param name="chunk">At most 16 MiB.</param>
    /// <returns>After the commit.</returns>
    /// <exception cref="StepCancelledException">Nothing of this attempt can count any more: stop.</exception>
    /// <exception cref="ConflictException">The stream is closed.</exception>
    /// <exception cref="InvalidStreamException">The name or the size cannot be stored.</exception>
    /// <exception cref="OperationCanceledException">The attempt was cut short meanwhile.</exception>
    /// <exception cref="StorageException">The database refused.</exception>
    /// <exception cref="InvalidOperationException">The attempt is over, or the step is a transactional one.</exception>
    public Task WriteStreamAsync(string streamName, ReadOnlyMemory<byte> chunk) => ToStreamAsync(streamName, chunk);

    /// <summary>Appends a text to a stream of the run, as one chunk of UTF-8.</summary>
    /// <inheritdoc cref="WriteStreamAsync(string, ReadOnlyMemory{byte})" path="/returns" />
    /// <inheritdoc cref="WriteStreamAsync(string, ReadOnlyMemory{byte})" path="/exception" />
    public Task WriteStreamAsync(string streamName, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return ToStreamAsync(streamName, Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Ends a stream of the run. The end of the run does so as well.</summary>
    /// <returns>After the commit.</returns>
    /// <exception cref="StepCancelledException">Nothing of this attempt can count any more: stop.</exception>
    /// <exception cref="InvalidStreamException">The name cannot be that of a stream.</exception>
    /// <exception cref="OperationCanceledException">The attempt was cut short meanwhile.</exception>
    /// <exception cref="StorageException">The database refused.</exception>
    /// <exception cref="InvalidOperationException">The attempt is over, or the step is a transactional one.</exception>
    public Task CloseStreamAsync(string streamName) => ToStreamAsync(streamName, chunk: null);

    /// <summary>The same attempt, inside its transaction.</summary>
    internal StepContext Inside(CancellationToken cancellationToken) =>
        new(_attempt, _watch, _heartbeats, _payloads, cancellationToken);

    private Task ToStreamAsync(string streamName, ReadOnlyMemory<byte>? chunk)
    {
        ThrowIfTransactional("write to streams");
        return _heartbeats.WriteStreamAsync(streamName, chunk);
    }

    private Task ReportAsync(ReadOnlyMemory<byte>? progress)
    {
        ThrowIfTransactional("report progress");
        return _heartbeats.ReportAsync(progress);
    }

    private void ThrowIfTransactional(string what)
    {
        if (_attempt.Step.Body is StepBody.Transactional)
        {
            throw new InvalidOperationException(
                $"A transactional step holds the database until it returns, and cannot {what}. Use an ordinary step.");
        }
    }
}
