namespace TursoWorld.Runtime;

/// <summary>A value would not come back from JSON as it went. Its message names the type and the member, and says what to do.</summary>
internal sealed class LossException(string message) : NotSupportedException(message);
