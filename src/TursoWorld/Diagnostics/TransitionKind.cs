namespace TursoWorld.Diagnostics;

/// <summary>What can be waited for in a test.</summary>
internal enum TransitionKind
{
    DatabaseBusy,
    CopyStepped,
    BackupWritten,
    RunsPurged,
    MessageClaimed,
    MessageFailed,
    LeaseLost,
    WorkerRecovered,
    RunCompleted,
    RunFailed,
    TurnWritten,
    TurnDropped,
    RunParked,
    RunReplayed,
    RunBlocked,
    StepStarted,
    StepEnded,
}
