using System.Text;
using System.Text.Json;
using TursoWorld.Runtime;
using TursoWorld.Tests.Runtime;

namespace TursoWorld.Tests.Programs;

/// <summary>What must hold for every program, whatever happens to its process and in whatever order things come.</summary>
internal static class ProgramCheck
{
    /// <summary>Finds the first thing that does not hold; null for a program with which all is well.</summary>
    public static string? FindProblem(WorkflowProgram program, int seed)
    {
        try
        {
            return Generations(program, seed)
                .SelectMany(input => Problems(program, seed, input))
                .FirstOrDefault(problem => problem is not null);
        }
        catch (Exception exception)
        {
            return exception.ToString();
        }
    }

    /// <summary>
    /// Brings the code to every position of a log: there it asks for what was recorded behind it, in that order. After the
    /// last one the run is over.
    /// </summary>
    /// <param name="program">The code.</param>
    /// <param name="log">What was recorded.</param>
    /// <param name="seed">What the random values of the run came from, when it was one of a world.</param>
    public static string? FindProblem(
        WorkflowProgram program, IReadOnlyList<WorkflowEvent> log, ReadOnlyMemory<byte>? seed = null)
    {
        var engine = Replay.NewEngine(program.Workflow, seed: seed, held: Replay.HeldIn(program.Workflow, log, seed));
        var decided = IsCancelledFromOutside(log) ? log.SkipLast(1) : log;
        var recorded = decided.Select(next => next is WorkflowEvent.WaitCreated wait ? wait.WaitId : Replay.Describe(next)).ToList();
        for (var i = 0; i < log.Count; i++)
        {
            engine.Deliver(log[i]);
            var follows = recorded.Skip(i + 1).OfType<string>().ToList();
            var asked = Asked(engine);
            var isLost = IsCancelledFromOutside(log) && asked.Count > follows.Count; // asked for, and never recorded
            if (!(isLost ? asked.Take(follows.Count) : asked).SequenceEqual(follows.Take(asked.Count)))
            {
                return $"Behind position {i + 1} the code asks for [{string.Join(", ", asked)}].\n{Text(log)}";
            }
        }

        return engine.IsOver ? null : $"The log does not end the run.\n{Text(log)}";
    }

    /// <summary>How a run ended: its output, or the kind of its end.</summary>
    public static string ResultOf(IReadOnlyList<WorkflowEvent> log) => log[^1] switch
    {
        WorkflowEvent.RunCompleted { ContinuedToRunId: not null } => "goes on as a new run",
        WorkflowEvent.RunCompleted e => Encoding.UTF8.GetString(e.Output!.Value.Span), // a number
        var end => end.GetType().Name,
    };

    /// <summary>What a run began with.</summary>
    public static ProgramInput InputOf(IReadOnlyList<WorkflowEvent> log) =>
        JsonSerializer.Deserialize<ProgramInput>(((WorkflowEvent.RunCreated)log[0]).Input!.Value.Span)!; // a run of a program has one

    /// <summary>Whether it was not the code that ended the run.</summary>
    public static bool IsCancelledFromOutside(IReadOnlyList<WorkflowEvent> log) =>
        log[^1] is WorkflowEvent.RunCancelled { Code: not ErrorCodes.WorkflowCancelled };

    /// <summary>A log, in text that two equal logs share.</summary>
    public static string Text(IEnumerable<WorkflowEvent> log) => string.Join('\n', log.Select(Text));

    /// <summary>The first run, and the last one when it goes on.</summary>
    private static IEnumerable<ProgramInput> Generations(WorkflowProgram program, int seed)
    {
        yield return program.Beginning;
        var last = Simulation.RunToTheLast(program, seed).Input;
        if (last.Generation > 0)
        {
            yield return last;
        }
    }

    private static IEnumerable<string?> Problems(WorkflowProgram program, int seed, ProgramInput input)
    {
        var created = History.Created(input).Events;
        var live = new Simulation(program, seed, log: created).Run();
        yield return FindProblem(program, live.Log);

        var forgetful = new Simulation(program, seed, Forgetting.Code, created).Run();
        yield return FindProblem(program, forgetful.Log);
        yield return Compare("that forgets its code after every turn", live, forgetful);

        var mortal = new Simulation(program, seed, Forgetting.Everything, created).Run();
        yield return FindProblem(program, mortal.Log) ?? CompareResults(program, "that dies every other turn", live, mortal);

        var paused = new Simulation(program, seed, log: created) { IsPausedAtTimes = true }.Run();
        yield return FindProblem(program, paused.Log) ?? CompareResults(program, "that is paused at times", live, paused);

        foreach (var length in live.Commits.Where(length => length < live.Log.Count))
        {
            var heir = new Simulation(program, seed + length, log: live.Log.Take(length)).Run();
            yield return FindProblem(program, heir.Log) ?? CompareResults(program, $"that takes over at {length}", live, heir);
        }

        foreach (var problem in FindProblemsOfPayloads(program, seed, created, live))
        {
            yield return problem;
        }
    }

    /// <summary>A payload may come behind every unit from the one that registers its hook on.</summary>
    private static IEnumerable<string?> FindProblemsOfPayloads(
        WorkflowProgram program, int seed, IReadOnlyList<WorkflowEvent> created, Simulation live)
    {
        var late = new Simulation(program, seed, log: created) { PayloadsComeLast = true }.Run();
        yield return FindProblem(program, late.Log) ?? CompareResults(program, "with late payloads", live, late);
        foreach (var hook in late.Log.OfType<WorkflowEvent.HookCreated>())
        {
            var closed = late.Log.FirstOrDefault(seen => seen is WorkflowEvent.HookReceived received && received.HookId == hook.HookId
                || seen is WorkflowEvent.HookDisposed disposed && disposed.HookId == hook.HookId) ?? late.Log[^1];
            foreach (var length in late.Commits.Where(length => length >= hook.Position && length < closed.Position))
            {
                var early = new Simulation(program, seed + length, log: late.Log.Take(length)).Receive(hook).Run();
                yield return FindProblem(program, early.Log)
                    ?? CompareResults(program, $"with the payload of {hook.HookId} behind {length}", live, early);
            }
        }
    }

    private static string? Compare(string what, Simulation live, Simulation other) =>
        Text(live.Log) == Text(other.Log)
            ? null
            : $"A process {what} writes another log.\n{Text(live.Log)}\n--\n{Text(other.Log)}";

    private static string? CompareResults(WorkflowProgram program, string what, Simulation live, Simulation other) =>
        !Determinacy.IsDetermined(program.Root) || live.Result == other.Result
            ? null
            : $"A run {what} has the result {other.Result}, and not {live.Result}.\n{Text(live.Log)}\n--\n{Text(other.Log)}";

    /// <summary>What a branch asks for that nobody waits for, behind the end, is never recorded.</summary>
    private static List<string> Asked(ReplayEngine engine)
    {
        List<string> asked = [];
        foreach (var command in engine.Commands)
        {
            // A sleep counts from the clock at the decision, and what is recorded counts: a replay asks for another instant.
            asked.Add(command is Command.Wait wait ? wait.Request.WaitId : Replay.Describe(command));
            if (command.EndsRun)
            {
                break;
            }
        }

        return asked;
    }

    private static string Text(WorkflowEvent seen)
    {
        var payload = seen switch
        {
            WorkflowEvent.StepCompleted e => e.Output,
            WorkflowEvent.RunCompleted e => e.Output,
            WorkflowEvent.HookReceived e => e.Payload,
            WorkflowEvent.ChildEnded e => e.Output,
            _ => null,
        };
        var words = Replay.Describe(seen) ?? seen switch
        {
            WorkflowEvent.StepCompleted e => e.StepId,
            WorkflowEvent.StepFailed e => $"{e.StepId} {e.Error.Message}",
            WorkflowEvent.StepStarted e => $"{e.StepId} attempt {e.Attempt}",
            WorkflowEvent.StepRetrying e => $"{e.StepId} attempt {e.Attempt} until {e.RetryAfter:O}",
            WorkflowEvent.WaitCompleted e => e.WaitId,
            WorkflowEvent.HookReceived e => e.HookId,
            WorkflowEvent.ChildEnded e => $"{e.ChildId} {e.Status}",
            _ => "",
        };
        return $"{seen.Position} {seen.CreatedAt:HH:mm:ss.fff} {seen.GetType().Name} {words} {(payload is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : "")}";
    }
}
