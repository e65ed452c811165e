namespace TursoWorld.Diagnostics;

/// <summary>What can be waited for in a test.</summary>
internal enum TransitionKind
{
    DatabaseBusy,
    DatabaseStalled,
    DatabaseUnreachable,
    DatabaseReplaced,
    CopyStepped,
    BackupWritten,
    RunsPurged,
    DeletionStepped,
    CascadeStepped,
    DeadMessagesPurged,
    MessageClaimed,
    MessageFailed,
    MessageCompleted,
    MessagePostponed,
    MessageDead,
    LeaseLost,
    WorkerRecovered,
    RunCompleted,
    RunFailed,
    RunCancelled,
    TurnWritten,
    TurnDropped,
    RunParked,
    RunReplayed,
    RunBlocked,
    StepStarted,
    StepReported,
    StepEnded,
}
