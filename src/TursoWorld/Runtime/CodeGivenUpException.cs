namespace TursoWorld.Runtime;

/// <summary>The code of a run has come to rest after all, and somebody else has the run. Never leaves the runtime.</summary>
internal sealed class CodeGivenUpException : Exception
{
    public CodeGivenUpException()
        : base("The code of the workflow was given up: it did not come to an await in time.")
    {
    }
}
