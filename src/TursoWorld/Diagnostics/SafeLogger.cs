using Microsoft.Extensions.Logging;

namespace TursoWorld.Diagnostics;

/// <summary>A logger whose providers may fail: neither a loop of the engine nor a workflow may end because a log file is full. Exceptions with long texts are cut.</summary>
internal sealed class SafeLogger(ILogger inner) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => Try(() => inner.BeginScope(state));

    public bool IsEnabled(LogLevel logLevel) => Try(() => inner.IsEnabled(logLevel));

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Try(() =>
        {
            var cut = CutException.Of(exception);
            inner.Log(logLevel, eventId, state, cut, formatter);
            return true;
        });
    }

    private static T? Try<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception)
        {
            return default; // there is nobody left to tell
        }
    }
}
