// Runs inside a workflow: continuations must return to its scheduler, so nothing here is configured away from it.
#pragma warning disable CA2007 // see above
using System.Runtime.ExceptionServices;

namespace TursoWorld.Runtime;

/// <summary>Works on items, so many at once: whoever is done with one takes the next.</summary>
internal sealed class ForEachLoop<TItem, TResult>(
    IReadOnlyList<TItem> items, Func<TItem, Task<TResult>> body, OnItemFailure onFailure, Scope scope)
{
    private readonly TResult[] _results = new TResult[items.Count];
    private readonly List<ItemFailure> _failures = [];
    private int _next;

    public async Task<TResult[]> RunAsync(int maxParallel)
    {
        var workers = new Task[Math.Min(maxParallel, items.Count)];
        for (var i = 0; i < workers.Length; i++)
        {
            workers[i] = WorkAsync();
        }

        await Task.WhenAll(workers);
        if (_failures.Count > 0 && (onFailure == OnItemFailure.CancelOthers || !scope.IsCancelled))
        {
            ThrowFailures();
        }

        if (scope.IsCancelled)
        {
            throw new OperationCanceledException("The scope of this loop was cancelled.");
        }

        return _results;
    }

    private async Task WorkAsync()
    {
        while (_next < items.Count && !scope.IsCancelled)
        {
            var index = _next++;
            try
            {
                _results[index] = await body(items[index]);
            }
            catch (Exception) when (scope.IsCancelled)
            {
                return; // because another one failed, or from outside
            }
            catch (Exception exception)
            {
                _failures.Add(new ItemFailure(index, exception)); // thrown when everybody has ended
                if (onFailure == OnItemFailure.CancelOthers)
                {
                    scope.Cancel();
                }
            }
        }
    }

    private void ThrowFailures()
    {
        if (onFailure == OnItemFailure.CancelOthers)
        {
            ExceptionDispatchInfo.Throw(_failures[0].Error);
        }

        _failures.Sort((one, other) => one.Index.CompareTo(other.Index));
        throw new ItemsFailedException(items.Count, _failures);
    }
}
