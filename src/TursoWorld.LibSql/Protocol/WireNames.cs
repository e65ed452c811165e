using System.Text.Json;

namespace TursoWorld.LibSql.Protocol;

/// <summary>Words of the protocol that requests are full of, encoded once.</summary>
internal static class WireNames
{
    public static readonly JsonEncodedText Args = JsonEncodedText.Encode("args");
    public static readonly JsonEncodedText Base64 = JsonEncodedText.Encode("base64");
    public static readonly JsonEncodedText Blob = JsonEncodedText.Encode("blob");
    public static readonly JsonEncodedText Cond = JsonEncodedText.Encode("cond");
    public static readonly JsonEncodedText Condition = JsonEncodedText.Encode("condition");
    public static readonly JsonEncodedText Conds = JsonEncodedText.Encode("conds");
    public static readonly JsonEncodedText Float = JsonEncodedText.Encode("float");
    public static readonly JsonEncodedText Integer = JsonEncodedText.Encode("integer");
    public static readonly JsonEncodedText Name = JsonEncodedText.Encode("name");
    public static readonly JsonEncodedText NamedArgs = JsonEncodedText.Encode("named_args");
    public static readonly JsonEncodedText Not = JsonEncodedText.Encode("not");
    public static readonly JsonEncodedText Null = JsonEncodedText.Encode("null");
    public static readonly JsonEncodedText Ok = JsonEncodedText.Encode("ok");
    public static readonly JsonEncodedText Sql = JsonEncodedText.Encode("sql");
    public static readonly JsonEncodedText SqlId = JsonEncodedText.Encode("sql_id");
    public static readonly JsonEncodedText Step = JsonEncodedText.Encode("step");
    public static readonly JsonEncodedText Stmt = JsonEncodedText.Encode("stmt");
    public static readonly JsonEncodedText Text = JsonEncodedText.Encode("text");
    public static readonly JsonEncodedText Type = JsonEncodedText.Encode("type");
    public static readonly JsonEncodedText Value = JsonEncodedText.Encode("value");
}
