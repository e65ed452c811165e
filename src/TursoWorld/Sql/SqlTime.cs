namespace TursoWorld.Sql;

/// <summary>The one place where instants become columns (Unix milliseconds) and back.</summary>
internal static class SqlTime
{
    public static long ToColumn(DateTimeOffset instant) => instant.ToUnixTimeMilliseconds();

    public static long? ToColumn(DateTimeOffset? instant) => instant?.ToUnixTimeMilliseconds();

    public static DateTimeOffset FromColumn(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    public static DateTimeOffset? FromColumn(long? milliseconds) =>
        milliseconds is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(value) : null;
}
