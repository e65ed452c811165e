using System.Text;
using System.Text.Json;
using FluentAssertions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TursoWorld.Abstractions;
using TursoWorld.Runtime;

namespace TursoWorld.Tests.Runtime;

/// <summary>Given a log, when code runs over it, then it asks for this.</summary>
/// <example><c>Given(history).When(workflow).Then(…)</c></example>
internal sealed class Replay
{
    /// <summary>Of every run that is replayed here.</summary>
    public static readonly byte[] Seed = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];

    private readonly ReplayEngine _engine;

    private Replay(ReplayEngine engine) => _engine = engine;

    public ReplayEngine Engine => _engine;

    public static GivenLog Given(History history) => new(history.Events);

    public static GivenLog Given(IEnumerable<WorkflowEvent> events) => new([.. events]);

    public static ReplayEngine NewEngine(
        WorkflowDefinition workflow, ILoggerFactory? loggerFactory = null, ReadOnlyMemory<byte>? seed = null, HashSet<long>? held = null) => new(
        new RunIdentity("wrun_01ARZ3NDEKTSV4RRFFQ69G5FAV", workflow.Key, seed ?? Seed),
        workflow,
        new JsonPayloads(JsonSerializerOptions.Default),
        new Activation(null),
        loggerFactory ?? NullLoggerFactory.Instance,
        held ?? []);

    /// <summary>The positions of a log behind which the code does not run, because it decided too early there.</summary>
    public static HashSet<long> HeldIn(
        WorkflowDefinition workflow, IReadOnlyList<WorkflowEvent> log, ReadOnlyMemory<byte>? seed = null)
    {
        HashSet<long> held = [];
        Deliver(workflow, log, held, seed);
        return held;
    }

    /// <summary>What the code asks for that the log does not have, in order.</summary>
    public void Then(params string[] commands) => Describe(_engine).Should().Equal(commands);

    /// <summary>The code has ended with a result.</summary>
    public void ThenEnds<T>(T output) =>
        Describe(_engine).Should().Equal($"end {JsonSerializer.Serialize(output)}");

    public static IEnumerable<string> Describe(ReplayEngine engine) => engine.Commands.Select(Describe).ToList();

    /// <summary>A command in short: what it is, and what it is about.</summary>
    public static string Describe(Command command) => command switch
    {
        Command.RunStep c => $"{c.Step.StepId} {c.Step.StepName}",
        Command.Wait c => $"{c.Request.WaitId} {(c.Request.ResumeAt - History.Start).TotalSeconds}",
        Command.RegisterHook c => $"{c.Hook.HookId} {c.Hook.Token}",
        Command.StartChild c => $"{c.Child.Id} {c.Child.Run.Workflow.Name}",
        Command.ContinueRun c => $"continue {c.Next.RunId}",
        Command.SetAttributes c => $"{c.AttributeId} {Text(c.Changes)}",
        Command.SetState c => $"state {c.Key} {(c.Value is null ? "gone" : Text(c.Value))}",
        Command.Cancel c => $"cancel {c.Request.Id}",
        Command.CompleteRun c => $"end {Text(c.Output)}",
        Command.FailRun c => $"failure {c.Error.Message}",
        Command.CancelRun c => $"cancel {c.Reason}",
        _ => throw new NotSupportedException(),
    };

    /// <summary>The command that an event records, in the same words; null when it records a result.</summary>
    public static string? Describe(WorkflowEvent recorded) => recorded switch
    {
        WorkflowEvent.StepCreated e => $"{e.StepId} {e.StepName}",
        WorkflowEvent.WaitCreated e => $"{e.WaitId} {(e.ResumeAt - History.Start).TotalSeconds}",
        WorkflowEvent.HookCreated e => $"{e.HookId} {e.Token}",
        WorkflowEvent.HookConflict e => $"{e.HookId} {e.Token}",
        WorkflowEvent.ChildStarted e => $"{e.ChildId} {e.WorkflowName}",
        WorkflowEvent.ChildCancelled e => $"cancel {e.ChildId}",
        WorkflowEvent.RunCompleted { ContinuedToRunId: { } next } => $"continue {next}",
        WorkflowEvent.AttributesSet { IsByCode: true } e => $"{e.AttributeId} {Text(e.Changes)}",
        WorkflowEvent.StateSet e => $"state {e.Key} {(e.Value is null ? "gone" : Text(e.Value))}",
        WorkflowEvent.StepCancelled e => $"cancel {e.StepId}",
        WorkflowEvent.WaitCancelled e => $"cancel {e.WaitId}",
        WorkflowEvent.HookDisposed e => $"cancel {e.HookId}",
        WorkflowEvent.RunCompleted e => $"end {Text(e.Output)}",
        WorkflowEvent.RunFailed e => $"failure {e.Error.Message}",
        WorkflowEvent.RunCancelled e => $"cancel {e.Reason}",
        _ => null,
    };

    private static ReplayEngine Deliver(
        WorkflowDefinition workflow, IReadOnlyList<WorkflowEvent> log, HashSet<long> held, ReadOnlyMemory<byte>? seed)
    {
        while (true)
        {
            try
            {
                var engine = NewEngine(workflow, seed: seed, held: held);
                foreach (var next in log)
                {
                    engine.Deliver(next);
                }

                return engine;
            }
            catch (DecidedTooEarlyException early)
            {
                held.UnionWith(early.Positions);
            }
        }
    }

    private static string Text(IReadOnlyDictionary<string, string?> changes) =>
        string.Join(' ', changes.Select(change => $"{change.Key}={change.Value ?? "gone"}"));

    private static string Text(ReadOnlyMemory<byte>? payload) =>
        payload is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : "";

    internal sealed class GivenLog(IReadOnlyList<WorkflowEvent> events)
    {
        /// <param name="workflow">The code.</param>
        /// <param name="held">Positions known to be held back; more are found out.</param>
        public Replay When(WorkflowDefinition workflow, HashSet<long>? held = null) =>
            new(Deliver(workflow, events, held ?? [], seed: null));
    }
}
