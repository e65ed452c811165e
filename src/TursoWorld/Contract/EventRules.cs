using System.Text.Json;
using TursoWorld.Abstractions;
using TursoWorld.Ids;

namespace TursoWorld.Contract;

/// <summary>What can be said about an event without looking into the database.</summary>
internal static class EventRules
{
    private const int MaxIdLength = 256;
    private const int MaxNameLength = 1_024;
    private const string Token = "The token of a hook";
    private static readonly TimeSpan RunIdMayBeAhead = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RunIdMayBeOld = TimeSpan.FromHours(24);

    /// <exception cref="InvalidEventException">It cannot be recorded as it is.</exception>
    /// <exception cref="RunNotSupportedException">It would store a run that this library could never end.</exception>
    public static void Check(string? runId, WorkflowEventData data)
    {
        if (runId is null && data is not WorkflowEventData.RunCreated)
        {
            throw InvalidEventException.Because("Only RunCreated may go without a run id. Name the run that the event belongs to.");
        }

        if (runId is not null && !IdGenerator.IsRunId(runId))
        {
            throw InvalidEventException.Because($"'{runId}' is no run id: it must be 'wrun_' and a ULID.");
        }

        switch (data)
        {
            case WorkflowEventData.RunCreated e:
                CheckCreated(runId, e);
                break;
            case WorkflowEventData.RunStarted { Created: { } e }:
                CheckCreated(runId, e);
                break;
            case WorkflowEventData.RunCancelled { Reason: { Length: > 0 } reason }:
                RequireText(reason, CancelRunException.MaxReasonLength, "The reason");
                break;
            case WorkflowEventData.RunFailed { ErrorCode: { } code }:
                RequireFitting(code, MaxIdLength, "The code of an error");
                break;
            case WorkflowEventData.AttributesSet { Changes: null } or WorkflowEventData.AttributesSet { Writer: null }:
                throw InvalidEventException.Because("Changes of attributes have neither null for changes nor null for a writer.");
            case WorkflowEventData.AttributesSet e:
                RequireFitting(e.Writer.StepId ?? "", MaxIdLength, "The id of a step");
                AttributeRules.Check(e.Changes, e.AllowReservedAttributes);
                break;
        }

        CheckSubject(data);
    }

    /// <exception cref="InvalidEventException">What is to be stored with the event is too long, or cannot be stored.</exception>
    public static void Check(CreateEventOptions options)
    {
        if (options.RequestId is { } requestId)
        {
            RequireText(requestId, MaxIdLength, "The id of a request");
        }
    }

    /// <summary>
    /// An id that somebody else has made tells when. Asked when the run is created: one that exists may be as old as it likes, and
    /// the message that starts it may have been on its way for days.
    /// </summary>
    /// <exception cref="InvalidEventException">The clocks disagree, or the id is made up.</exception>
    public static void CheckTime(string runId, DateTimeOffset now)
    {
        if (IdGenerator.TimeOfRunId(runId) is var at && (at > now + RunIdMayBeAhead || at < now - RunIdMayBeOld))
        {
            throw InvalidEventException.Because(
                $"The id '{runId}' was made at {at:u}, which is not about now ({now:u}). Make a fresh id, or check the clocks.");
        }
    }

    private static void CheckCreated(string? runId, WorkflowEventData.RunCreated created)
    {
        RequireText(created.WorkflowName, MaxNameLength, "The name of a workflow");
        if (created.SpecVersion < 1)
        {
            throw InvalidEventException.Because($"SpecVersion is {created.SpecVersion}; it must be at least 1.");
        }

        if (created.SpecVersion > RunNotSupportedException.SupportedSpecVersion)
        {
            throw RunNotSupportedException.TooNewToStore(created.SpecVersion);
        }

        RequireFitting(created.DeploymentId ?? "", MaxNameLength, "The id of a deployment");
        if (created.Retention is { } retention && retention != Timeout.InfiniteTimeSpan && !Durations.IsRetention(retention))
        {
            throw InvalidEventException.Because(
                $"The retention of a run is {retention}. A run is kept for 1 second to 36500 days, or for ever with Timeout.InfiniteTimeSpan.");
        }

        if (created.ExecutionContext is { ValueKind: JsonValueKind.Undefined })
        {
            throw InvalidEventException.Because("The execution context of a run is an empty JsonElement. Give it a value, or leave it out.");
        }

        if (created.Attributes is null || created.Attributes.Values.Contains(null!))
        {
            throw InvalidEventException.Attributes("A run cannot begin with an attribute that is null. Leave it out.");
        }

        if (created.Attributes.Count > AttributeRules.MaxCount)
        {
            throw AttributeRules.TooMany(runId);
        }

        AttributeRules.Check(
            created.Attributes.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value)), created.AllowReservedAttributes);
    }

    private static void CheckSubject(WorkflowEventData data)
    {
        if (data is WorkflowEventData.StepStarted { Created: { } created } started)
        {
            if (created.StepId != started.StepId)
            {
                throw InvalidEventException.Because(
                    $"The step to start is '{started.StepId}' and the one to create '{created.StepId}'. Give both the same id.");
            }

            CheckNames(started);
            CheckSubject(created);
            return;
        }

        var subject = EventSubject.Of(data);
        if (subject is not { Kind: EventSubjectKind.Run } and not { Kind: EventSubjectKind.Attributes, Id: null })
        {
            RequireText(subject.Id, MaxIdLength, $"The id of a {subject.Name}");
        }

        CheckNames(data);
        switch (data)
        {
            case WorkflowEventData.StepCompleted { Telemetry.ValueKind: not JsonValueKind.Object }
                or WorkflowEventData.StepFailed { Telemetry.ValueKind: not JsonValueKind.Object }:
                throw InvalidEventException.Because("The telemetry of a step must be a JSON object, or left out.");
            case WorkflowEventData.StepCreated e:
                RequireText(e.StepName, MaxNameLength, "The name of a step");
                break;
            case WorkflowEventData.HookCreated e:
                RequireText(e.Token, MaxNameLength, Token);
                break;
            case WorkflowEventData.HookReceived { Token: { } token }:
                RequireText(token, MaxNameLength, Token);
                break;
            case WorkflowEventData.HookDisposed { Token: { } token }:
                RequireText(token, MaxNameLength, Token);
                break;
        }
    }

    /// <summary>Names that may be given along with an event of a step.</summary>
    private static void CheckNames(WorkflowEventData data)
    {
        var (stepName, workflowName) = data switch
        {
            WorkflowEventData.StepCreated e => (null, e.WorkflowName),
            WorkflowEventData.StepStarted e => (e.StepName, e.WorkflowName),
            WorkflowEventData.StepCompleted e => (e.StepName, e.WorkflowName),
            WorkflowEventData.StepFailed e => (e.StepName, e.WorkflowName),
            WorkflowEventData.StepRetrying e => (e.StepName, e.WorkflowName),
            _ => default((string?, string?)),
        };
        if (stepName is not null)
        {
            RequireText(stepName, MaxNameLength, "The name of a step");
        }

        if (workflowName is not null)
        {
            RequireText(workflowName, MaxNameLength, "The name of a workflow");
        }

        if (data is WorkflowEventData.StepStarted { OwnerMessageId: { } messageId })
        {
            RequireText(messageId, MaxIdLength, "The id of the message that has a step");
        }
    }

    private static void RequireText(string? text, int maxLength, string what)
    {
        if (string.IsNullOrEmpty(text))
        {
            throw InvalidEventException.Because($"{what} is missing.");
        }

        RequireFitting(text, maxLength, what);
    }

    /// <summary>What may also be missing.</summary>
    private static void RequireFitting(string text, int maxLength, string what)
    {
        if (text.Length > maxLength)
        {
            throw InvalidEventException.Because($"{what} has {text.Length} characters; at most {maxLength} are allowed.");
        }

        if (WellFormed.ProblemOf(text, what) is { } problem)
        {
            throw InvalidEventException.Because(problem);
        }
    }
}
