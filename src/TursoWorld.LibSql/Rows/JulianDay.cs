namespace TursoWorld.LibSql.Rows;

/// <summary>Days since noon in Greenwich on 24 November 4714 BC, which is how SQLite keeps dates as numbers. Milliseconds count.</summary>
internal static class JulianDay
{
    private const long MsOfFirstYear = 148_731_163_200_000;

    private const double MsPerDay = 86_400_000;

    public static DateTime ToDateTime(double day) =>
        DateTime.MinValue.AddMilliseconds((long)((day * MsPerDay) + 0.5) - MsOfFirstYear);
}
