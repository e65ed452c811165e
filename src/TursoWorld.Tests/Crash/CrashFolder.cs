namespace TursoWorld.Tests.Crash;

/// <summary>A fresh folder with room for a database and the files beside it; deleted at the end.</summary>
internal sealed class CrashFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tursoworld-");

    public string Database => At("crash.db");

    /// <summary>One line for each effect of a step, outside the database.</summary>
    public string Ledger => At("ledger.txt");

    public string Url => "file:" + Database;

    public string At(string name) => Path.Combine(_folder.FullName, name);

    public string[] ReadLedger() => File.Exists(Ledger) ? File.ReadAllLines(Ledger) : [];

    public void Dispose() => _folder.Delete(recursive: true);
}
