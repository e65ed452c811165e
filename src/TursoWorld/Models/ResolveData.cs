namespace TursoWorld;

/// <summary>Whether payloads are read along with what they belong to.</summary>
public enum ResolveData
{
    /// <summary>With inputs, results, hook metadata and payloads of events.</summary>
    All,

    /// <summary>Without them: they read as absent. Errors of runs and steps are kept.</summary>
    None,
}
