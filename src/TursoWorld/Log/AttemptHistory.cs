namespace TursoWorld.Log;

/// <summary>The attempts of one step, derived from the events about it.</summary>
/// <param name="isForeign">Whether a foreign runtime drives the run: its steps do not begin with their creation.</param>
internal sealed class AttemptHistory(bool isForeign)
{
    private readonly List<StepAttempt> _attempts = [];

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<StepAttempt> Attempts => _attempts;

    private bool IsOpen => _attempts is [.., { Status: StepAttemptStatus.Running }];

    /// <summary>Takes the next event about the step.</summary>
    public void Add(WorkflowEvent next)
    {
        switch (next)
        {
            case WorkflowEvent.StepCreated { IsBegun: true } when !isForeign:
                Begin(1, next);
                break;
            case WorkflowEvent.StepStarted e:
                if (IsOpen)
                {
                    End(StepAttemptStatus.Interrupted, endedAt: null, error: null, payload: null);
                }

                Begin(e.Attempt, next);
                break;
            case WorkflowEvent.StepRetrying e when IsOpen && e.Attempt < _attempts[^1].Attempt:
                _attempts.RemoveAt(_attempts.Count - 1); // given back: it does not count
                break;
            case WorkflowEvent.StepRetrying { Error.Code: ErrorCodes.StepInterrupted } e when !isForeign:
                End(StepAttemptStatus.Interrupted, endedAt: null, e.Error, e.ErrorPayload);
                break;
            case WorkflowEvent.StepRetrying e:
                End(StepAttemptStatus.Failed, next.CreatedAt, e.Error, e.ErrorPayload);
                break;
            case WorkflowEvent.StepFailed { Error.Code: ErrorCodes.StepInterrupted } e when !isForeign:
                End(StepAttemptStatus.Interrupted, endedAt: null, e.Error, e.ErrorPayload);
                break;
            case WorkflowEvent.StepFailed e:
                End(StepAttemptStatus.Failed, next.CreatedAt, e.Error, e.ErrorPayload);
                break;
            case WorkflowEvent.StepCancelled:
                Cancel(next.CreatedAt);
                break;
            case WorkflowEvent.StepCompleted:
                End(StepAttemptStatus.Completed, next.CreatedAt, error: null, payload: null);
                break;
        }
    }

    /// <summary>The code has given the step up; or the run is over, and with it whatever was open.</summary>
    public void Cancel(DateTimeOffset? endedAt) => End(StepAttemptStatus.Cancelled, endedAt, error: null, payload: null);

    private void Begin(int attempt, WorkflowEvent begun) => _attempts.Add(
        new StepAttempt { Attempt = attempt, Status = StepAttemptStatus.Running, StartedAt = begun.CreatedAt });

    private void End(StepAttemptStatus status, DateTimeOffset? endedAt, StructuredError? error, ReadOnlyMemory<byte>? payload)
    {
        if (IsOpen)
        {
            _attempts[^1] = _attempts[^1] with { Status = status, EndedAt = endedAt, Error = error, ErrorPayload = payload };
        }
    }
}
