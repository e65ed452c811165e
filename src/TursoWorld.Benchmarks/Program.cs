using System.Globalization;
using TursoWorld.Benchmarks;

if (ChildProcess.IsRequested(args))
{
    return await ChildProcess.RunAsync(args);
}

var options = BenchmarkOptions.Parse(args, out var problem);
if (options is null)
{
    Console.Error.WriteLine(problem);
    Console.Error.WriteLine(BenchmarkOptions.Usage);
    return 2;
}

if (options.Help)
{
    Console.WriteLine(BenchmarkOptions.Usage);
    return 0;
}

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
return await new BenchmarkRun(options).RunAsync();
