using Xunit;

namespace TursoWorld.Tests.Support;

/// <summary>What a test needs and a machine may lack. Where everything is to be tested, lacking it is a failure.</summary>
internal static class Requirement
{
    /// <summary>The environment variable that turns skips into failures when it is <c>1</c>.</summary>
    public const string RequireAll = "TURSOWORLD_TEST_REQUIRE_ALL";

    /// <param name="lack">What is missing; null when nothing is.</param>
    public static void Skip(string? lack)
    {
        if (lack is null)
        {
            return;
        }

        if (Environment.GetEnvironmentVariable(RequireAll) == "1")
        {
            Assert.Fail($"{lack} With {RequireAll}=1 nothing may be skipped.");
        }

        Assert.Skip(lack);
    }
}
