using System.Diagnostics;
using System.Globalization;
using TursoWorld.LibSql.Http;
using TursoWorld.LibSql.Protocol;

namespace TursoWorld.LibSql.Diagnostics;

/// <summary>A client span for each request, by OpenTelemetry's conventions for databases. Never arguments, tokens or batons.</summary>
internal static class LibSqlActivity
{
    private static readonly ActivitySource Source = new("TursoWorld.LibSql");

    public static Activity? Start(LibSqlSettings settings, IReadOnlyList<WireStep> steps)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var operation = OperationOf(steps);
        var activity = Source.StartActivity(operation, ActivityKind.Client);
        if (activity is null)
        {
            return null;
        }

        activity.SetTag("db.system.name", "libsql");
        activity.SetTag("db.namespace", settings.Namespace);
        activity.SetTag("db.operation.name", operation);
        activity.SetTag("db.query.summary", operation);
        activity.SetTag("server.address", settings.BaseUri.Host);
        activity.SetTag("server.port", settings.BaseUri.Port);
        if (steps.Count > 1)
        {
            activity.SetTag("db.operation.batch.size", steps.Count);
        }
        else if (steps is [{ Statement: { HasLiterals: false } statement }])
        {
            // Values that were written into the text are nobody's business; values of parameters are not in it.
            activity.SetTag("db.query.text", statement.Text);
        }

        return activity;
    }

    public static void Stop(Activity? activity, PipelineAnswer answer)
    {
        if (activity is null)
        {
            return;
        }

        var (read, written, duration) = (0L, 0L, 0.0);
        foreach (var table in answer.Steps.Select(step => step.Table).OfType<ResultTable>())
        {
            read += table.RowsRead;
            written += table.RowsWritten;
            duration += table.DurationMs;
        }

        activity.SetTag("libsql.rows_read", read);
        activity.SetTag("libsql.rows_written", written);
        activity.SetTag("libsql.query_duration_ms", duration);
        var error = answer.Error ?? (answer.Steps is [var only] ? only.ServerError : null);
        if (error is not null)
        {
            Fail(activity, error.Code, error.Code ?? nameof(LibSqlException));
        }
    }

    public static void Stop(Activity? activity, Exception exception)
    {
        if (activity is not null)
        {
            var failure = exception as LibSqlException;
            var code = failure?.ServerCode
                ?? (failure?.HttpStatus is { } status ? ((int)status).ToString(CultureInfo.InvariantCulture) : null);
            Fail(activity, code, code ?? exception.GetType().FullName!);
        }
    }

    private static string OperationOf(IReadOnlyList<WireStep> steps) => steps switch
    {
        [] => "CLOSE",
        [var only] => only.Statement.Keyword,
        _ => "BATCH",
    };

    private static void Fail(Activity activity, string? code, string type)
    {
        activity.SetStatus(ActivityStatusCode.Error);
        activity.SetTag("error.type", type);
        if (code is not null)
        {
            activity.SetTag("db.response.status_code", code);
        }
    }
}
