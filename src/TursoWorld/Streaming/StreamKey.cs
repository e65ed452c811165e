using TursoWorld.Abstractions;

namespace TursoWorld.Streaming;

/// <summary>What a stream is known by.</summary>
internal readonly record struct StreamKey
{
    private const int MaxLength = 256;

    /// <exception cref="InvalidStreamException">Id or name cannot be stored.</exception>
    public StreamKey(string runId, string streamName)
    {
        (RunId, StreamName) = (runId, streamName);
        Check(runId, "The id of a run");
        Check(streamName, "The name of a stream");
    }

    public string RunId { get; }

    public string StreamName { get; }

    /// <exception cref="InvalidStreamException">It cannot be stored.</exception>
    public static void Check(string text, string what)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length is 0 or > MaxLength)
        {
            throw new InvalidStreamException($"{what} has {text.Length} characters. Give it 1 to {MaxLength}.");
        }

        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]))
            {
                throw new InvalidStreamException($"{what} has a control character at index {i}. Leave it out.");
            }
        }

        if (WellFormed.ProblemOf(text, what) is { } problem)
        {
            throw new InvalidStreamException(problem);
        }
    }
}
