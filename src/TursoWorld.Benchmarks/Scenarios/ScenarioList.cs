namespace TursoWorld.Benchmarks.Scenarios;

internal static class ScenarioList
{
    public static IReadOnlyList<IScenario> All { get; } =
    [
        new P1SequentialSteps(),
        new P2ManyWorkflows(),
        new P3ShortWorkflows(),
        new P4StartToResult(),
        new P5HookInMemory(),
        new P5HookParked(),
        new P5HookFromAnotherProcess(),
        new P6Messages(),
        new P7Replay(),
        new P8Streams(),
        new P10Idle(),
        new P11Memory(),
        new P12FirstWorkflow(),
        new P13Server(),
        new ServerTable(),
        new P14Bytes(),
        new LongRun(),
    ];
}
