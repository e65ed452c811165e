using Microsoft.Extensions.Logging;
using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;

namespace TursoWorld.Runtime;

/// <summary>What every live run of a world works with.</summary>
internal sealed record RunServices(
    ITurnWriter Turns,
    IRunReader Reader,
    StepRunner Steps,
    Suspects Suspects,
    JsonPayloads Payloads,
    Activation Activation,
    HangingRuns Hanging,
    WakeHub Hub,
    TimeProvider TimeProvider,
    Random Random,
    WorldDiagnostics Diagnostics,
    ILoggerFactory LoggerFactory,
    StepMode StepMode,
    RetryPolicy DefaultRetry);
