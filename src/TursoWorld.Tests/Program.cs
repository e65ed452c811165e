using TursoWorld.Tests.Crash;
using Xunit.MicrosoftTestingPlatform;

namespace TursoWorld.Tests;

internal static class Program
{
    private static Task<int> Main(string[] args) =>
        Environment.GetEnvironmentVariable(CrashScenarios.Variable) is { Length: > 0 } scenario
            ? CrashScenarios.RunAsync(scenario, args)
            : TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
}
