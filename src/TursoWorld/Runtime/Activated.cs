using Microsoft.Extensions.DependencyInjection;

namespace TursoWorld.Runtime;

/// <summary>An instance, and the scope that what it was given lives in. Both end together.</summary>
internal sealed class Activated(object instance, IServiceScope? scope, Action ended) : IAsyncDisposable
{
    public object Instance => instance;

    public async ValueTask DisposeAsync()
    {
        try
        {
            await EndAsync(instance).ConfigureAwait(false);
        }
        finally
        {
            try
            {
                await EndAsync(scope).ConfigureAwait(false);
            }
            finally
            {
                ended();
            }
        }
    }

    private static async ValueTask EndAsync(object? thing)
    {
        if (thing is IAsyncDisposable asynchronous)
        {
            await asynchronous.DisposeAsync().ConfigureAwait(false);
        }
        else if (thing is IDisposable disposable)
        {
            disposable.Dispose();
        }
    }
}
