using System.Collections.ObjectModel;
using TursoWorld.Sql;

namespace TursoWorld.Log;

/// <summary>Events about the attributes of a run, and about what its code remembers by name.</summary>
internal static class StateEvents
{
    public static StoredEvent? Write(WorkflowEvent source) => source switch
    {
        WorkflowEvent.AttributesSet e => EventCodec.Make(
            e,
            "attr_set",
            e.AttributeId,
            new() { Changes = e.Changes, IsByCode = e.IsByCode ? true : null, StepId = e.Writer.StepId, Attempt = e.Writer.Attempt }),
        WorkflowEvent.StateSet e => EventCodec.Make(e, "state_set", e.Key, payload: e.Value),
        _ => null,
    };

    public static WorkflowEvent? Read(StoredEvent stored)
    {
        var (position, at, data) = (stored.Position, SqlTime.FromColumn(stored.CreatedAt), stored.Data);
        return stored.Type switch
        {
            "attr_set" => new WorkflowEvent.AttributesSet(
                data.Changes ?? ReadOnlyDictionary<string, string?>.Empty, new AttributeWriter(data.StepId, data.Attempt))
            {
                Position = position,
                CreatedAt = at,
                AttributeId = stored.Id.Length == 0 ? null : stored.Id,
                IsByCode = data.IsByCode == true,
            },
            "state_set" => new WorkflowEvent.StateSet(stored.Id, stored.Payload) { Position = position, CreatedAt = at },
            _ => null,
        };
    }
}
