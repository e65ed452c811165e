namespace TursoWorld.Tests.Programs;

/// <summary>Makes a program that fails smaller, as long as it still fails.</summary>
internal static class ProgramShrinker
{
    private const int MostTries = 2_000;

    public static (WorkflowProgram Program, string Problem) Shrink(
        WorkflowProgram program, string problem, Func<WorkflowProgram, string?> findProblem)
    {
        var tries = 0;
        while (true)
        {
            var smaller = Smaller(program.Root)
                .Select(root => (Program: new WorkflowProgram(root), Tries: ++tries))
                .TakeWhile(candidate => candidate.Tries <= MostTries)
                .Select(candidate => (candidate.Program, Problem: findProblem(candidate.Program)))
                .FirstOrDefault(candidate => candidate.Problem is not null);
            if (smaller.Problem is null)
            {
                return (program, problem);
            }

            (program, problem) = smaller;
        }
    }

    /// <summary>Every way to take a bit away: one of its parts in its place, one part fewer, a smaller part.</summary>
    private static IEnumerable<Node> Smaller(Node node)
    {
        foreach (var part in node.Parts)
        {
            yield return part;
        }

        if (node is Node.Group { Children.Count: > 1 })
        {
            for (var i = 0; i < node.Parts.Count; i++)
            {
                yield return node.With([.. node.Parts.Where((_, index) => index != i)]);
            }
        }

        if (node is Node.Saga { Steps.Count: > 0 } saga)
        {
            yield return saga with { Steps = [.. saga.Steps.Skip(1)] };
        }

        for (var i = 0; i < node.Parts.Count; i++)
        {
            foreach (var smaller in Smaller(node.Parts[i]))
            {
                yield return node.With([.. node.Parts.Select((part, index) => index == i ? smaller : part)]);
            }
        }

        foreach (var simpler in Simpler(node))
        {
            yield return simpler;
        }
    }

    private static IEnumerable<Node> Simpler(Node node) => node switch
    {
        Node.Step { IsQueued: true } step => [step with { IsQueued = false }],
        Node.Step { Fails: > 0 } step => [step with { Fails = 0 }],
        Node.Transaction step => [new Node.Step(step.Id, step.Fails)],
        Node.Sleep { Seconds: > 0 } => [new Node.Sleep(0)],
        Node.Hook { IsTaken: false } hook => [new Node.Sleep(0), new Node.Step(hook.Id)],
        Node.ContinueAsNew { Times: > 1 } => [new Node.ContinueAsNew(1)],
        Node.Child { Use: not ChildUse.Awaited } child => [child with { Use = ChildUse.Awaited }],
        Node.ForEach { Items: > 1 } loop => [loop with { Items = loop.Items - 1 }],
        Node.Loop { Times: > 1 } loop => [loop with { Times = loop.Times - 1 }],
        _ => [],
    };
}
