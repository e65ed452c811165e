using System.Globalization;
using TursoWorld.Storage;

namespace TursoWorld.Turns;

/// <summary>The row of a run, as its log would have it.</summary>
internal sealed class ExpectedRun
{
    private readonly Dictionary<string, string> _attributes = [];
    private string _status = "pending";
    private long? _createdAt;
    private long? _startedAt;
    private long? _completedAt;

    /// <summary>The position of the event that ended it.</summary>
    public long? EndedPosition { get; private set; }

    public bool IsOver => EndedPosition is not null;

    /// <summary>Takes the next event.</summary>
    public void Add(IntegrityRow row, EventData data)
    {
        switch (row.state)
        {
            case "run_created":
                _createdAt = row.created_at;
                Merge(data.Attributes!); // a value may be null there
                break;
            case "attr_set":
                Merge(data.Changes);
                break;
            case "run_started":
                (_status, _startedAt) = (_status == "paused" ? "paused" : "running", row.created_at);
                break;
            case "run_paused":
                _status = "paused";
                break;
            case "run_resumed":
                _status = _startedAt is null ? "pending" : "running";
                break;
            case "run_completed" or "run_failed" or "run_cancelled":
                _status = row.state["run_".Length..];
                if (!IsOver)
                {
                    (EndedPosition, _completedAt) = (row.position, row.created_at);
                }

                break;
        }
    }

    /// <summary>What the row says otherwise, in words.</summary>
    public IEnumerable<string> Compare(IntegrityRow run)
    {
        if (run.state != _status)
        {
            yield return $"The run is '{run.state}', and '{_status}' in the log.";
        }

        if (run.latest_position != EndedPosition)
        {
            yield return $"The run ended at position {Written(run.latest_position)}, and at {Written(EndedPosition)} in the log.";
        }

        if ((run.created_at, run.started_at, run.instant) != (_createdAt, _startedAt, _completedAt))
        {
            yield return $"The run was created, started and over at {Written(run.created_at)}, {Written(run.started_at)} and "
                + $"{Written(run.instant)}, and at {Written(_createdAt)}, {Written(_startedAt)} and {Written(_completedAt)} in the log.";
        }

        if (CompareAttributes(run.text) is { } difference)
        {
            yield return difference;
        }
    }

    /// <summary>As the statements do: null removes.</summary>
    private void Merge(IReadOnlyDictionary<string, string?>? changes)
    {
        foreach (var (name, value) in changes ?? new Dictionary<string, string?>())
        {
            if (value is null)
            {
                _attributes.Remove(name);
            }
            else
            {
                _attributes[name] = value;
            }
        }
    }

    private string? CompareAttributes(string? column)
    {
        IReadOnlyDictionary<string, string> found;
        try
        {
            found = AttributeText.Read(column);
        }
        catch (StorageException)
        {
            return "The attributes of the run are no JSON object of texts.";
        }

        var names = found.Keys.Union(_attributes.Keys)
            .Where(name => found.GetValueOrDefault(name) != _attributes.GetValueOrDefault(name))
            .Order(StringComparer.Ordinal)
            .ToList();
        return names.Count == 0 ? null : $"The log has other values of these attributes: '{string.Join("', '", names)}'.";
    }

    private static string Written(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "none";
}
