using System.Globalization;
using System.Text.Json;
using TursoWorld.Runtime;

namespace TursoWorld.Tests.Programs;

/// <summary>A program, what its steps and hooks do, and the workflow that executes it.</summary>
internal sealed class WorkflowProgram
{
    /// <summary>What a failure of a program begins with, whoever tells of it.</summary>
    public const string Mark = "failure of a program";

    /// <summary>A token that somebody else has.</summary>
    public const string TakenToken = "taken";

    private readonly Dictionary<string, Func<int, int>> _steps = [];

    public WorkflowProgram(Node root, string name = "program")
    {
        Root = root;
        Collect(root);
        Workflow = TursoWorld.Workflow.Define<string, int>(
            name, (flow, _) => new ProgramInterpreter(flow, Execute).RunAsync(root));
    }

    public Node Root { get; }

    public WorkflowDefinition<string, int> Workflow { get; }

    /// <summary>What a step does in an attempt.</summary>
    /// <param name="stepName">As in the log.</param>
    /// <param name="attempt">Counted from 1.</param>
    public int Execute(string stepName, int attempt)
    {
        var ordinal = stepName.IndexOf('#', StringComparison.Ordinal);
        return _steps[ordinal < 0 ? stepName : stepName[..ordinal]](attempt);
    }

    /// <summary>How an attempt ends, without executing it.</summary>
    public StepOutcome OutcomeOf(string stepName, int attempt)
    {
        try
        {
            return new StepOutcome.Completed(JsonSerializer.SerializeToUtf8Bytes(Execute(stepName, attempt)));
        }
        catch (Exception exception) when (exception is FatalStepException or InvalidOperationException)
        {
            return new StepOutcome.Failed(StructuredErrors.From(exception), exception is FatalStepException, RetryAfter: null);
        }
    }

    /// <summary>What somebody sends to a token: the same to every hook of one place in the program.</summary>
    public static int PayloadFor(string token) => int.Parse(
        token["hook".Length..token.IndexOf(':', StringComparison.Ordinal)], CultureInfo.InvariantCulture);

    public override string ToString() => Root.ToString();

    private void Collect(Node node)
    {
        switch (node)
        {
            case Node.Step step:
                Add($"s{step.Id}", step.Id, step.Fails, step.End);
                break;
            case Node.Transaction step:
                Add($"s{step.Id}", step.Id, step.Fails, StepEnd.Succeeds);
                break;
            case Node.Saga saga:
                foreach (var step in saga.Steps)
                {
                    Add($"s{step.Id}", step.Id, step.Fails, StepEnd.Succeeds);
                    Add($"undo-s{step.Id}", step.Id, fails: 0, step.UndoFails ? StepEnd.IsFatal : StepEnd.Succeeds);
                }

                break;
        }

        foreach (var part in node.Parts)
        {
            Collect(part);
        }
    }

    private void Add(string name, int id, int fails, StepEnd end) => _steps.Add(name, attempt => (end, attempt <= fails) switch
    {
        (StepEnd.Exhausts, _) or (_, true) => throw new InvalidOperationException($"{Mark}: {name}"),
        (StepEnd.IsFatal, _) => throw new FatalStepException($"{Mark}: {name}"),
        _ => id,
    });
}
