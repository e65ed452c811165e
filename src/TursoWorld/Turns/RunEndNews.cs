using TursoWorld.Abstractions;
using TursoWorld.Sql;

namespace TursoWorld.Turns;

/// <summary>What the unit that ends a run has to say about others.</summary>
/// <param name="Parent">The index of the statement that returns the parent that was told; null when there is none.</param>
/// <param name="Cascade">The index of the statement that returns a row when children are to be cancelled; null when there are none.</param>
internal readonly record struct RunEndNews(int? Parent, int? Cascade)
{
    /// <summary>Tells them, after the commit.</summary>
    public void Tell(UnitResult result, WakeHub hub)
    {
        if (Parent is { } parent && result.Rows[parent] is [var row])
        {
            hub.SignalRunWoken(row.Integer(0));
            hub.SignalMessagesChanged();
        }

        if (Cascade is { } cascade && result.Rows[cascade].Count > 0)
        {
            hub.SignalCascadeBegun();
        }
    }
}
