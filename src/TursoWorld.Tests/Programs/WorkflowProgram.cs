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

    /// <summary>What tokens begin with to which nobody ever sends anything.</summary>
    public const string SilentTokens = "silent";

    /// <summary>So many that a step whose processes die again and again succeeds in the end.</summary>
    public static readonly StepOptions Patiently = new() { Retry = RetryPolicy.Fixed(1_000, TimeSpan.FromSeconds(1)) };

    private static readonly StepOptions Impatiently = new() { Retry = RetryPolicy.Exponential(3) };

    private readonly Dictionary<string, Func<int, int>> _steps = [];
    private readonly Dictionary<int, StepDefinition<int, int>> _queued = [];
    private readonly Dictionary<int, WorkflowProgram> _children = [];
    private readonly string _name;

    public WorkflowProgram(Node root, string name = "program", bool isEndless = false)
    {
        (Root, IsEndless) = (root, isEndless);
        _name = name;
        Collect(root);
        Workflow = TursoWorld.Workflow.Define<ProgramInput, int>(
            name, (flow, input) => new ProgramInterpreter(this, flow, input).RunToEndAsync());
    }

    public Node Root { get; }

    public WorkflowDefinition<ProgramInput, int> Workflow { get; }

    /// <summary>Whether it ends only when it fails, or when somebody cancels it.</summary>
    public bool IsEndless { get; }

    /// <summary>The input of its first run, when that is nobody's child.</summary>
    public ProgramInput Beginning => new(_name, 0);

    /// <summary>It, its children, and theirs.</summary>
    public IEnumerable<WorkflowProgram> Family => _children.Values.SelectMany(child => child.Family).Prepend(this);

    /// <summary>What it has executed from the queue.</summary>
    public IEnumerable<StepDefinition> QueuedSteps => _queued.Values;

    public static StepOptions OptionsOf(Node.Step step) => step.End == StepEnd.Exhausts ? Impatiently : Patiently;

    public WorkflowProgram ChildOf(Node.Child child) => _children[child.Id];

    /// <summary>The child that has a certain name.</summary>
    public WorkflowProgram ChildOf(string workflowName) => _children.Values.Single(child => child._name == workflowName);

    public StepDefinition<int, int> QueuedStep(Node.Step step) => _queued[step.Id];

    /// <summary>The options of a queued step.</summary>
    /// <param name="stepName">As in the log.</param>
    public StepOptions OptionsOf(string stepName) => _queued.Values.Single(step => step.Name == NameOf(stepName)).Options;

    /// <summary>What a step does in an attempt.</summary>
    /// <param name="stepName">As in the log.</param>
    /// <param name="attempt">Counted from 1.</param>
    public int Execute(string stepName, int attempt) => _steps[NameOf(stepName)](attempt);

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

    /// <summary>Whether somebody sends something to a token.</summary>
    public static bool IsSentTo(string token) => token != TakenToken && !token.StartsWith(SilentTokens, StringComparison.Ordinal);

    /// <summary>What somebody sends to a token: the same to every hook of one place in the program.</summary>
    public static int PayloadFor(string token) => int.Parse(
        token["hook".Length..token.IndexOf(':', StringComparison.Ordinal)], CultureInfo.InvariantCulture);

    public override string ToString() => Root.ToString();

    /// <summary>Without the ordinal of a name that is used again.</summary>
    private static string NameOf(string stepName) => stepName.Split('#')[0];

    private void Collect(Node node)
    {
        switch (node)
        {
            case Node.Child child:
                _children.Add(child.Id, new WorkflowProgram(child.Body, $"{_name}-child{child.Id}", child.Use == ChildUse.Endless));
                return; // its parts are steps of others
            case Node.Step { IsQueued: true } step:
                var name = $"s{step.Id}:{_name}"; // worlds know them by their names
                Add(name, step.Id, step.Fails, step.End);
                _queued.Add(step.Id, Step.Define<int, int>(
                    name,
                    (_, executing) => Task.FromResult(Execute(executing.StepName, executing.Attempt)),
                    OptionsOf(step) with { Mode = StepMode.Queued }));
                break;
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

/// <summary>Which run of a program one is.</summary>
/// <param name="Path">Where it stands among the runs of a family: no two have the same.</param>
/// <param name="Generation">How often it has gone on as a new run.</param>
internal sealed record ProgramInput(string Path, int Generation)
{
    public override string ToString() => $"{Path}/{Generation}";
}
