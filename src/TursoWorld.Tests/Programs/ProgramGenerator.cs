namespace TursoWorld.Tests.Programs;

/// <summary>Makes a program of a seed: the same one every time. Even seeds make programs in which nothing races.</summary>
internal sealed class ProgramGenerator
{
    private const int MaxDepth = 5;

    private readonly Random _random;
    private readonly bool _races;
    private List<int> _forks = [];
    private int _budget;
    private int _lastId;

    private ProgramGenerator(int seed)
    {
        _random = new Random(seed);
        _races = seed % 2 != 0;
        _budget = _random.Next(4, 22);
    }

    public static WorkflowProgram Generate(int seed)
    {
        var generator = new ProgramGenerator(seed);
        return new WorkflowProgram(generator.Program(), $"program-{seed}");
    }

    private Node.Group Program()
    {
        var program = Group(GroupKind.Sequence, most: 5, depth: 0);
        return Rarely(12) ? program with { Children = [.. program.Children, new Node.ContinueAsNew(_random.Next(1, 3))] } : program;
    }

    private Node Next(int depth)
    {
        _budget--;
        return depth >= MaxDepth || _budget <= 0 || _random.Next(100) < 25 ? Leaf() : Branch(depth + 1);
    }

    private Node Leaf() => _random.Next(100) switch
    {
        < 42 => new Node.Step(++_lastId, Rarely(35) ? _random.Next(1, 3) : 0, End(), IsQueued: Rarely(30)),
        < 46 => new Node.Transaction(++_lastId, Rarely(30) ? 1 : 0),
        < 58 => new Node.Sleep(_random.Next(0, 6)),
        < 71 => new Node.Hook(++_lastId, IsTaken: Rarely(12)),
        < 75 => new Node.State(++_lastId, _races ? (StateUse)_random.Next(3) : (StateUse)_random.Next(2)),
        < 78 => new Node.Attribute(++_lastId, IsRemoved: Rarely(30)),
        < 83 => new Node.Throw(),
        < 84 => new Node.CancelRun(),
        < 85 => new Node.ContinueAsNew(1),
        < 93 when _races => new Node.Value((ContextValue)_random.Next(3)),
        _ when _forks.Count > 0 => new Node.Join(_forks[_random.Next(_forks.Count)]),
        _ => new Node.Step(++_lastId),
    };

    private Node Branch(int depth) => _random.Next(100) switch
    {
        < 8 => Group(GroupKind.Sequence, most: 4, depth),
        < 18 => Child(depth),
        < 36 when !_races || _random.Next(2) == 0 => Group(GroupKind.WhenAll, most: 4, depth),
        < 36 => Group(GroupKind.WhenAny, most: 3, depth),
        < 48 => new Node.Try(Next(depth), Next(depth), Next(depth)),
        < 60 when !_races => new Node.Scope(Next(depth), new Node.Throw(), CancelAfter: null),
        < 60 => new Node.Scope(
            Rarely(25) ? Child(depth) with { Use = ChildUse.Endless } : Next(depth),
            Next(depth),
            Rarely(40) ? _random.Next(0, 5) : null),
        < 69 when _races => new Node.Timeout(_random.Next(1, 6), Next(depth)),
        < 73 => new Node.Shield(Next(depth)),
        < 81 => new Node.Saga([.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => SagaStep())], Next(depth)),
        < 88 => new Node.ForEach(
            _random.Next(0, 5), _random.Next(1, 4), _races ? (OnItemFailure)_random.Next(2) : OnItemFailure.Collect, Next(depth)),
        < 92 => new Node.Loop(_random.Next(1, 4), Next(depth)),
        < 96 when _races => Fork(depth),
        _ => new Node.If(Next(depth), Next(depth), Next(depth)),
    };

    private Node.Group Group(GroupKind kind, int most, int depth) =>
        new(kind, [.. Enumerable.Range(0, _random.Next(1, most + 1)).Select(_ => Next(depth))]);

    private Node.Fork Fork(int depth)
    {
        var body = Next(depth);
        var fork = new Node.Fork(++_lastId, body);
        _forks.Add(fork.Id); // only now: what it began cannot wait for itself
        return fork;
    }

    /// <summary>What one run has begun is nothing to another.</summary>
    private Node.Child Child(int depth)
    {
        var outer = _forks;
        _forks = [];
        var body = Next(depth);
        _forks = outer;
        return new Node.Child(++_lastId, Rarely(60) ? ChildUse.Awaited : (ChildUse)_random.Next(1, 4), body);
    }

    private SagaStep SagaStep() => new(++_lastId, Rarely(20) ? 1 : 0, UndoFails: Rarely(10));

    private StepEnd End() => _random.Next(10) switch
    {
        0 => StepEnd.IsFatal,
        1 => StepEnd.Exhausts,
        _ => StepEnd.Succeeds,
    };

    private bool Rarely(int percent) => _random.Next(100) < percent;
}
