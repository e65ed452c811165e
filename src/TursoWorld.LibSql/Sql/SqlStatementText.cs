using System.Text.Encodings.Web;
using System.Text.Json;

namespace TursoWorld.LibSql.Sql;

/// <summary>One statement, and what the client has to know about it. Its identity is its reference.</summary>
internal sealed class SqlStatementText
{
    private JsonEncodedText? _json;

    /// <summary>As it is sent.</summary>
    public required string Text { get; init; }

    /// <summary>The first word, in upper case.</summary>
    public required string Keyword { get; init; }

    public required StatementKind Kind { get; init; }

    /// <summary>Every parameter once: all named, or all by position and in order.</summary>
    public required IReadOnlyList<SqlParameterSlot> Parameters { get; init; }

    /// <summary>Whether values may stand in the text itself.</summary>
    public required bool HasLiterals { get; init; }

    public bool OnlyReads => Kind == StatementKind.Read;

    /// <summary>Whether the database can be different after it. Beginning and ending transactions alone change nothing.</summary>
    public bool MayChange => Kind is StatementKind.Write or StatementKind.Pragma;

    public bool IsNamed => Parameters.Count > 0 && Parameters[0].Name is not null;

    /// <summary>The text as JSON. Encoded once: the same few texts are sent over and over.</summary>
    public JsonEncodedText Json => _json ??= JsonEncodedText.Encode(Text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
}
