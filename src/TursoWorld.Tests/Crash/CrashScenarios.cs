namespace TursoWorld.Tests.Crash;

/// <summary>What the test executable does in place of running tests when a crash test starts it.</summary>
internal static class CrashScenarios
{
    /// <summary>The environment variable that names the scenario.</summary>
    public const string Variable = "TURSOWORLD_CRASH_SCENARIO";

    private static readonly Dictionary<string, Func<string[], Task<int>>> ByName = new(StringComparer.Ordinal)
    {
        ["echo-point"] = EchoPointAsync,
        ["serve-world"] = DevKit.WorldServer.RunAsync,
        ["take-to-point"] = CrashWorld.TakeToPointAsync,
        ["work"] = CrashWorld.WorkAsync,
        ["work-on-server"] = ServerCrashTests.WorkAsync,
        ["work-on-steps"] = QueuedStepScenario.WorkAsync,
        ["hammer"] = EventHammer.RunAsync,
        ["handle"] = QueueWorld.HandleAsync,
        ["send"] = QueueWorld.SendAsync,
        ["poison"] = PoisonScenario.RunAsync,
        ["serve"] = ServiceCrashTests.ServeAsync,
        ["write-stream"] = StreamScenarios.WriteAsync,
        ["write-batches"] = StreamScenarios.WriteBatchesAsync,
        ["read-stream"] = StreamScenarios.ReadAsync,
        ["read-slowly"] = StreamScenarios.ReadSlowlyAsync,
        ["back-up"] = MaintenanceCrashTests.BackUpAsync,
        ["delete"] = DeletionCrashTests.DeleteAsync,
        ["end-a-child"] = FamilyCrashTests.EndAChildAsync,
        ["cancel-a-family"] = FamilyCrashTests.CancelAFamilyAsync,
        ["continue"] = FamilyCrashTests.ContinueAsync,
        ["maintain"] = MaintenanceCrashTests.MaintainAsync,
        ["migrate"] = CrashWorld.MigrateAsync,
        ["render"] = RecipeProcessTests.RenderAsync,
        ["hold-a-server"] = Support.SqldServerTests.HoldAsync,
        ["open"] = Sqlite.UnsafeLibraryTests.OpenAsync,
        ["commit-and-checkpoint"] = CommitScenario.RunAsync,
        ["set-the-clock"] = ClockScenario.RunAsync,
        ["come-and-go"] = DroppedLocksTests.ComeAndGoAsync,
        ["hold-the-file"] = HeldFileTests.HoldAsync,
        ["write-until-full"] = Sqlite.DiskLimitScenario.RunAsync,
    };

    public static Task<int> RunAsync(string name, string[] args) => ByName.TryGetValue(name, out var scenario)
        ? scenario(args)
        : throw new ArgumentException($"There is no crash scenario '{name}'. Known: {string.Join(", ", ByName.Keys)}.");

    /// <summary>Stands still at each point that is named by an argument; ends with the number of points.</summary>
    private static async Task<int> EchoPointAsync(string[] args)
    {
        foreach (var point in args)
        {
            CrashPoint.Reach(point);
            await Console.Out.WriteLineAsync($"passed {point}");
        }

        await Console.Error.WriteLineAsync("no points left");
        return args.Length;
    }
}
