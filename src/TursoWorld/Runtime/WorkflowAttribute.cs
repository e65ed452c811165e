namespace TursoWorld;

/// <summary>Names a workflow that is a class; see <see cref="Workflow{TIn, TOut}"/>.</summary>
/// <param name="name">What runs refer to: 1 to 200 letters, digits, or <c>. _ - / :</c>.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class WorkflowAttribute(string name) : Attribute
{
    /// <summary>What runs refer to; unique among the workflows of a version.</summary>
    public string Name => name;

    /// <summary>At least 1. Runs keep the version they started with. Default 1.</summary>
    public int Version { get; set; } = 1;
}
