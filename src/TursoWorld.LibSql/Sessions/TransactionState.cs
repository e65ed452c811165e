namespace TursoWorld.LibSql.Sessions;

internal enum TransactionState
{
    /// <summary>Nothing has been sent yet: BEGIN goes with the first statement.</summary>
    NotBegun,

    Open,

    /// <summary>Gone without having been asked to. Nothing of it is written.</summary>
    Lost,

    Committed,

    RolledBack,
}
