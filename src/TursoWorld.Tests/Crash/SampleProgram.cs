namespace TursoWorld.Tests.Crash;

/// <summary>The sample program on one database.</summary>
internal sealed class SampleProgram(string databaseUrl)
{
    public static readonly string Orders = Path.Combine(AppContext.BaseDirectory, "data", "orders.csv");

    private static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "ConsoleApp.dll");

    public ChildProcess Start(string file, params string[] options) =>
        ChildProcess.StartProgram(Assembly, [file, "--database", databaseUrl, .. options]);

    public async Task<(int Code, string Output)> RunAsync(string file, params string[] options)
    {
        await using var child = Start(file, options);
        return (await child.WaitForExitAsync(), child.Output);
    }

    /// <returns>The verdict, after everything was found to fit.</returns>
    public async Task<string> VerifyAsync()
    {
        await using var child = ChildProcess.StartProgram(Assembly, ["verify", Orders, "--database", databaseUrl]);
        var code = await child.WaitForExitAsync();
        return code == 0
            ? child.Output.Split(Environment.NewLine)[^1]
            : throw new InvalidOperationException($"verify ended with code {code}:{Environment.NewLine}{child.Output}");
    }
}
