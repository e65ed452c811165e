using System.Globalization;
using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.Crash;

/// <summary>The sample program, killed as its users would.</summary>
public sealed class SampleCrashTests(ITestOutputHelper output) : IDisposable
{
    private const string SeedVariable = "TURSOWORLD_TEST_SEED";
    private const int Kills = 25;
    private const int NewOrdersBetweenKills = 11;

    private readonly CrashFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Killed_at_any_moments_it_still_ships_and_charges_every_order_once()
    {
        var text = Environment.GetEnvironmentVariable(SeedVariable);
        var seed = int.TryParse(text, CultureInfo.InvariantCulture, out var given) ? given : Environment.TickCount;
        output.WriteLine($"{SeedVariable}={seed}");
        var random = new Random(seed);
        var sample = new SampleProgram(_folder.Url);
        var lines = await File.ReadAllLinesAsync(SampleProgram.Orders, Cancellation);
        var part = _folder.At("part.csv");
        for (var kill = 1; kill <= Kills; kill++)
        {
            // Every start finds new orders besides those that go on, so that there is always something to interrupt.
            await File.WriteAllLinesAsync(part, lines.Take(1 + (kill * NewOrdersBetweenKills)), Cancellation);
            await StartAndKillAsync(sample, part, random);
        }

        var end = await sample.RunAsync(SampleProgram.Orders, "--approve-all", "--pickup-delay", "0.2");

        end.Code.Should().Be(0, end.Output);
        (await sample.RunAsync(SampleProgram.Orders, "--approve-all")).Output.Should().Contain("are done already");
        DatabaseCheck.AssertAllIsOverAndConsistent(_folder.Database);
        (await sample.VerifyAsync()).Should().Be(await VerifyWithoutKillsAsync());
    }

    /// <summary>Half of the kills come while it starts, half while it works.</summary>
    private static async Task StartAndKillAsync(SampleProgram sample, string file, Random random)
    {
        var isWorking = random.Next(2) == 0;
        var moment = TimeSpan.FromMilliseconds(random.Next(isWorking ? 400 : 900));
        await using var child = sample.Start(file, "--approve-all", "--pickup-delay", "0.2");
        if (isWorking)
        {
            await child.PrintedAsync("orders: ");
        }

        await Task.Delay(moment, TimeProvider.System, Cancellation);
        await child.KillAsync();
        child.Output.Should().NotContain("error");
    }

    private async Task<string> VerifyWithoutKillsAsync()
    {
        var sample = new SampleProgram("file:" + _folder.At("reference.db"));
        await sample.RunAsync(SampleProgram.Orders, "--approve-all", "--pickup-delay", "0");
        return await sample.VerifyAsync();
    }
}
