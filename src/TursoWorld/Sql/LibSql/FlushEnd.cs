namespace TursoWorld.Sql.LibSql;

/// <summary>What came of sending a flush.</summary>
internal abstract record FlushEnd
{
    private FlushEnd()
    {
    }

    /// <summary>Every unit has its result.</summary>
    /// <param name="IsCommitted">Whether the number is used up; a unit that is alone and refused needs no commit.</param>
    /// <param name="ServerTime">What the server took for the time.</param>
    public sealed record Done(bool IsCommitted = false, DateTimeOffset? ServerTime = null) : FlushEnd;

    /// <summary>Not every unit could be written, and everything was undone. In another form, the others can.</summary>
    public sealed record Otherwise(FlushForm Form) : FlushEnd;

    /// <summary>The server gave the transaction up on the way, and everything was undone. Perhaps because of one of the units.</summary>
    public sealed record Undone : FlushEnd;

    /// <summary>Nothing was written, and the same may be once it is sent again.</summary>
    public sealed record Again(SendFailure? Failure = null) : FlushEnd;

    /// <summary>The number was not the next one, and nothing was written: the server has gone back in time, or lost the row.</summary>
    public sealed record NumberTaken : FlushEnd;

    /// <summary>Nothing was written, and nothing will be.</summary>
    public sealed record Refused(SendFailure Failure) : FlushEnd;

    /// <summary>Nobody knows whether it was committed.</summary>
    public sealed record Unclear(SendFailure Failure) : FlushEnd;

    /// <summary>Nobody knows, and it could not be found out. Units have that result.</summary>
    public sealed record Abandoned(UnitResult Obstacle) : FlushEnd;

    /// <summary>What a batch without results means.</summary>
    public static FlushEnd Of(SendFailure failure) => failure switch
    {
        { IsLost: true } => new Unclear(failure),
        { IsTransient: true } => new Again(failure),
        _ => new Refused(failure),
    };
}
