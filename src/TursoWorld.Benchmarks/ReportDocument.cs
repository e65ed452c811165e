using System.Text.Json.Serialization;

namespace TursoWorld.Benchmarks;

/// <summary>The raw limits as they were after a scenario.</summary>
internal sealed record RawReading(string After, double R1, double R1000);

/// <summary>A scenario that threw.</summary>
internal sealed record ReportFailure(string Id, string Type, string Message);

/// <summary>The file that <c>--json</c> asks for.</summary>
internal sealed record ReportDocument
{
    public required Hardware Hardware { get; init; }

    public required bool Quick { get; init; }

    public required IReadOnlyList<RawReading> Raw { get; init; }

    public required IReadOnlyList<ReportRow> Rows { get; init; }

    public required IReadOnlyList<ReportFailure> Failures { get; init; }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ReportDocument))]
internal sealed partial class ReportJson : JsonSerializerContext;
