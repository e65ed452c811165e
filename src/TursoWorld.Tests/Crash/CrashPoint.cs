namespace TursoWorld.Tests.Crash;

/// <summary>A place in a crash scenario at which the process stands still, to be killed or told to go on.</summary>
internal static class CrashPoint
{
    // One point at a time, so that a line of the parent answers the point that it read last.
    private static readonly Lock Gate = new();

    /// <summary>Reports the point and blocks the calling thread until the parent sends a line.</summary>
    public static void Reach(string point)
    {
        lock (Gate)
        {
            Console.Out.WriteLine($"reached {point}");
            Console.Out.Flush();
            if (Console.In.ReadLine() is null)
            {
                // The parent is gone. Nobody is left to stop this process.
                Environment.Exit(1);
            }
        }
    }
}
