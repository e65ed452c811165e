using TursoWorld.Tests.Crash;
using Xunit.MicrosoftTestingPlatform;

namespace TursoWorld.Tests;

internal static class Program
{
    private static Task<int> Main(string[] args)
    {
        Environment.SetEnvironmentVariable("TZ", "Asia/Kathmandu"); // where it is UTC, local time is not seen to get in
        return Environment.GetEnvironmentVariable(CrashScenarios.Variable) is { Length: > 0 } scenario
            ? CrashScenarios.RunAsync(scenario, args)
            : TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
    }
}
