using System.Text.Json;

namespace TursoWorld.Benchmarks;

/// <summary>Collects what was measured, and shows it as a table or as JSON.</summary>
internal sealed class Report(Hardware hardware, bool quick)
{
    private readonly List<RawReading> _raw = [];
    private readonly List<ReportRow> _rows = [];
    private readonly List<ReportFailure> _failures = [];

    public bool HasFailures => _failures.Count > 0;

    public RawLimits LatestRaw => new(_raw[^1].R1, _raw[^1].R1000);

    public void AddRaw(string after, RawLimits limits) => _raw.Add(new RawReading(after, limits.R1, limits.R1000));

    public void Add(IEnumerable<Measurement> measurements, RawLimits before, RawLimits after) =>
        _rows.AddRange(measurements.Select(measurement => ReportRow.From(measurement, before, after)));

    public void AddFailure(string id, Exception exception) =>
        _failures.Add(new ReportFailure(id, exception.GetType().Name, exception.Message));

    public string ToTable() => ReportTable.Render(_rows, _raw, _failures, quick);

    public string ToJson()
    {
        var document = new ReportDocument
        {
            Hardware = hardware,
            Quick = quick,
            Raw = _raw,
            Rows = _rows,
            Failures = _failures,
        };
        return JsonSerializer.Serialize(document, ReportJson.Default.ReportDocument);
    }
}
