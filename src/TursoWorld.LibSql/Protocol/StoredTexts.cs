using TursoWorld.LibSql.Sql;

namespace TursoWorld.LibSql.Protocol;

/// <summary>Which SQL texts a request sends once and then calls by a number.</summary>
internal static class StoredTexts
{
    /// <summary>The server keeps this many texts for a stream.</summary>
    public const int MaxTexts = 50;

    /// <summary>The server keeps no longer text, in bytes.</summary>
    public const int MaxBytes = 5_000;

    // What surrounds a text that is stored, and what names it where it is used, in bytes.
    private const int CostOfStoring = 48;

    private const int CostOfUse = 4;

    /// <returns>The texts with their numbers, or null when nothing would be saved.</returns>
    public static Dictionary<SqlStatementText, int>? Choose(IReadOnlyList<WireStep> steps)
    {
        if (steps.Count < 2)
        {
            return null;
        }

        var uses = new Dictionary<SqlStatementText, int>(ReferenceEqualityComparer.Instance);
        for (var index = 0; index < steps.Count; index++)
        {
            var statement = steps[index].Statement;
            uses[statement] = uses.GetValueOrDefault(statement) + 1;
        }

        var repeated = uses.Where(use => use.Value > 1 && BytesOf(use.Key) <= MaxBytes && Saves(use) > 0).ToList();
        if (repeated.Count == 0)
        {
            return null;
        }

        var stored = new Dictionary<SqlStatementText, int>(ReferenceEqualityComparer.Instance);
        foreach (var (statement, _) in repeated.OrderByDescending(Saves).Take(MaxTexts))
        {
            stored.Add(statement, stored.Count + 1);
        }

        return stored;
    }

    private static int Saves(KeyValuePair<SqlStatementText, int> use) =>
        ((use.Value - 1) * BytesOf(use.Key)) - CostOfStoring - (use.Value * CostOfUse);

    private static int BytesOf(SqlStatementText statement) => statement.Json.EncodedUtf8Bytes.Length;
}
