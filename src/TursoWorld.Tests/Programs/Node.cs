using System.Globalization;

namespace TursoWorld.Tests.Programs;

/// <summary>A piece of a workflow program. Its text, printed when a program fails, is what one would write to get it again.</summary>
internal abstract record Node
{
    private Node() { }

    /// <summary>What it is made of, in the order of the text.</summary>
    public abstract IReadOnlyList<Node> Parts { get; }

    /// <summary>The same with other parts.</summary>
    public abstract Node With(IReadOnlyList<Node> parts);

    public sealed override string ToString()
    {
        var words = string.Join(' ', new[] { Head }.Concat(Parts.Select(part => part.ToString())));
        return Parts.Count == 0 ? words : $"({words})";
    }

    /// <summary>Its kind and its numbers.</summary>
    protected abstract string Head { get; }

    /// <summary>What has no parts.</summary>
    public abstract record Leaf : Node
    {
        public sealed override IReadOnlyList<Node> Parts => [];

        public sealed override Node With(IReadOnlyList<Node> parts) => this;
    }

    /// <summary>A step that fails so often, and then succeeds unless it fails for good; one that is queued has a definition.</summary>
    public sealed record Step(int Id, int Fails = 0, StepEnd End = StepEnd.Succeeds, bool IsQueued = false) : Leaf
    {
        protected override string Head =>
            $"s{Id}{(IsQueued ? ":queued" : "")}{(Fails > 0 ? $":fails{Fails}" : "")}{(End == StepEnd.Succeeds ? "" : $":{End}")}";
    }

    public sealed record Transaction(int Id, int Fails = 0) : Leaf
    {
        protected override string Head => $"tx{Id}{(Fails > 0 ? $":fails{Fails}" : "")}";
    }

    public sealed record Sleep(int Seconds) : Leaf
    {
        protected override string Head => $"sleep{Seconds}";
    }

    /// <summary>Waits for a payload under a token of its own, or under one that somebody else has.</summary>
    public sealed record Hook(int Id, bool IsTaken = false) : Leaf
    {
        protected override string Head => $"hook{Id}{(IsTaken ? ":taken" : "")}";
    }

    public sealed record Throw : Leaf
    {
        protected override string Head => "throw";
    }

    public sealed record CancelRun : Leaf
    {
        protected override string Head => "cancel-run";
    }

    /// <summary>Goes on as a new run, so often, and then does nothing.</summary>
    public sealed record ContinueAsNew(int Times) : Leaf
    {
        protected override string Head => $"continue{Times}";
    }

    /// <summary>Sets, removes or reads something that the run remembers under a name of this place.</summary>
    public sealed record State(int Id, StateUse Use) : Leaf
    {
        protected override string Head => $"state{Id}:{Use}";
    }

    /// <summary>Sets an attribute, or removes it.</summary>
    public sealed record Attribute(int Id, bool IsRemoved) : Leaf
    {
        protected override string Head => $"attribute{Id}{(IsRemoved ? ":removed" : "")}";
    }

    /// <summary>A value of the context that looks random, or depends on when it is asked for.</summary>
    public sealed record Value(ContextValue Kind) : Leaf
    {
        protected override string Head => Kind.ToString();
    }

    /// <summary>Waits for what a fork has begun.</summary>
    public sealed record Join(int Id) : Leaf
    {
        protected override string Head => $"join{Id}";
    }

    /// <summary>Begins something and goes on.</summary>
    public sealed record Fork(int Id, Node Body) : Node
    {
        public override IReadOnlyList<Node> Parts => [Body];

        public override Node With(IReadOnlyList<Node> parts) => this with { Body = parts[0] };

        protected override string Head => $"fork{Id}";
    }

    /// <summary>A run of its own.</summary>
    public sealed record Child(int Id, ChildUse Use, Node Body) : Node
    {
        public override IReadOnlyList<Node> Parts => [Body];

        public override Node With(IReadOnlyList<Node> parts) => this with { Body = parts[0] };

        protected override string Head => $"child{Id}:{Use}";
    }

    /// <summary>Parts that are put together in one way or another.</summary>
    public sealed record Group(GroupKind Kind, params IReadOnlyList<Node> Children) : Node
    {
        public override IReadOnlyList<Node> Parts => Children;

        public override Node With(IReadOnlyList<Node> parts) => this with { Children = parts };

        protected override string Head => Kind.ToString();
    }

    /// <summary>try Body catch Handler finally Cleanup.</summary>
    public sealed record Try(Node Body, Node Handler, Node Cleanup) : Node
    {
        public override IReadOnlyList<Node> Parts => [Body, Handler, Cleanup];

        public override Node With(IReadOnlyList<Node> parts) => new Try(parts[0], parts[1], parts[2]);

        protected override string Head => "try";
    }

    /// <summary>Begins Body in a scope, does Trigger in it, and cancels it, at once or after some seconds.</summary>
    public sealed record Scope(Node Body, Node Trigger, int? CancelAfter) : Node
    {
        public override IReadOnlyList<Node> Parts => [Body, Trigger];

        public override Node With(IReadOnlyList<Node> parts) => this with { Body = parts[0], Trigger = parts[1] };

        protected override string Head => CancelAfter is { } seconds ? $"scope:after{seconds}" : "scope";
    }

    public sealed record Timeout(int Seconds, Node Body) : Node
    {
        public override IReadOnlyList<Node> Parts => [Body];

        public override Node With(IReadOnlyList<Node> parts) => this with { Body = parts[0] };

        protected override string Head => $"timeout{Seconds}";
    }

    public sealed record Shield(Node Body) : Node
    {
        public override IReadOnlyList<Node> Parts => [Body];

        public override Node With(IReadOnlyList<Node> parts) => new Shield(parts[0]);

        protected override string Head => "shield";
    }

    /// <summary>Steps that can be undone, then a body.</summary>
    public sealed record Saga(IReadOnlyList<SagaStep> Steps, Node Body) : Node
    {
        public override IReadOnlyList<Node> Parts => [Body];

        public override Node With(IReadOnlyList<Node> parts) => this with { Body = parts[0] };

        protected override string Head => $"saga[{string.Join(' ', Steps)}]";
    }

    public sealed record ForEach(int Items, int MaxParallel, OnItemFailure OnFailure, Node Body) : Node
    {
        public override IReadOnlyList<Node> Parts => [Body];

        public override Node With(IReadOnlyList<Node> parts) => this with { Body = parts[0] };

        protected override string Head => $"for{Items}/{MaxParallel}:{OnFailure}";
    }

    public sealed record Loop(int Times, Node Body) : Node
    {
        public override IReadOnlyList<Node> Parts => [Body];

        public override Node With(IReadOnlyList<Node> parts) => this with { Body = parts[0] };

        protected override string Head => $"loop{Times}";
    }

    /// <summary>Goes one way or the other, depending on a result.</summary>
    public sealed record If(Node Condition, Node Then, Node Else) : Node
    {
        public override IReadOnlyList<Node> Parts => [Condition, Then, Else];

        public override Node With(IReadOnlyList<Node> parts) => new If(parts[0], parts[1], parts[2]);

        protected override string Head => "if";
    }
}

/// <summary>A step of a saga, and whether its undo fails for good.</summary>
internal sealed record SagaStep(int Id, int Fails, bool UndoFails)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"s{Id}{(Fails > 0 ? $":fails{Fails}" : "")}{(UndoFails ? ":undo-fails" : "")}");
}

/// <summary>How a step ends once it has failed as often as it was to.</summary>
internal enum StepEnd
{
    Succeeds,

    /// <summary>With a failure that is not tried again.</summary>
    IsFatal,

    /// <summary>It fails until its policy gives up.</summary>
    Exhausts,
}

/// <summary>How parts are put together.</summary>
internal enum GroupKind
{
    Sequence,
    WhenAll,
    WhenAny,
}

/// <summary>What a context gives out.</summary>
internal enum ContextValue
{
    Random,
    Guid,
    Now,
}

/// <summary>What becomes of a child.</summary>
internal enum ChildUse
{
    /// <summary>Its parent waits for it.</summary>
    Awaited,

    /// <summary>Nobody waits for it; it ends with its parent.</summary>
    Closed,

    /// <summary>Nobody waits for it, and it goes on without its parent.</summary>
    Abandoned,

    /// <summary>As <see cref="Closed"/>, and it never ends by itself.</summary>
    Endless,
}

/// <summary>What code does with what it remembers.</summary>
internal enum StateUse
{
    /// <summary>Adds one to a number.</summary>
    Counts,

    /// <summary>Forgets the number.</summary>
    Forgets,

    /// <summary>Looks at all numbers.</summary>
    Reads,
}
