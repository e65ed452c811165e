using Microsoft.Extensions.Logging;

namespace TursoWorld.Runtime;

/// <summary>Says nothing while code is only being brought back to where it was.</summary>
internal sealed class ReplaySafeLogger(ILogger inner, ReplayEngine engine) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => !engine.IsReplaying && inner.IsEnabled(logLevel);

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
