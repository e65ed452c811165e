using TursoWorld.Abstractions;

namespace TursoWorld.Runtime;

/// <summary>A run that the code has begun and may wait for.</summary>
internal sealed class ChildRequest : Request
{
    private ChildRequest(string childId, NewRun run, ParentClosePolicy parentClosePolicy)
        : base(childId) => (Run, ParentClosePolicy) = (run, parentClosePolicy);

    public NewRun Run { get; }

    public ParentClosePolicy ParentClosePolicy { get; }

    /// <summary>The code asks for a child.</summary>
    public static ChildRequest Begin(
        ReplayEngine engine, WorkflowKey workflow, ReadOnlyMemory<byte>? input, ChildRunOptions options)
    {
        engine.Scopes.RequireNotCancelled();
        var attributes = options.Attributes.ToDictionary(); // what is stored must be what was checked
        AttributeRules.CheckAll(attributes!, lineage: 2); // null would remove one, and there is none
        var childId = engine.NextId("child");
        var run = new NewRun(engine.Values.RunId(engine.Now, childId), workflow, input, attributes, options.Retention);
        var child = new ChildRequest(childId, run, options.ParentClosePolicy);
        child.Join(engine.Scopes.Current);
        engine.Ask(new Command.StartChild(child));
        return child;
    }
}
