using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.Programs;

/// <summary>
/// Programs made of seeds: what ran live, what forgot its code after every turn, what died and was taken over, and what was
/// sent its payloads at every position agree. A program that fails is printed as small as it can be made.
/// </summary>
public sealed class ProgramTests
{
    private const int PerCase = 25;
    private const int Default = 150;

    /// <summary>How many programs, when they are to be more than a quick run has.</summary>
    private const string CountVariable = "TURSOWORLD_TEST_PROGRAMS";

    public static TheoryData<int> FirstSeeds
    {
        get
        {
            var count = int.TryParse(Environment.GetEnvironmentVariable(CountVariable), out var asked) ? asked : Default;
            return [.. Enumerable.Range(0, (count + PerCase - 1) / PerCase).Select(block => block * PerCase)];
        }
    }

    [Theory]
    [MemberData(nameof(FirstSeeds))]
    public void Programs_do_not_depend_on_what_their_process_forgets(int firstSeed)
    {
        using var unobserved = new UnobservedFailures();

        for (var seed = firstSeed; seed < firstSeed + PerCase; seed++)
        {
            var program = ProgramGenerator.Generate(seed);
            if (ProgramCheck.FindProblem(program, seed) is { } problem)
            {
                var schedule = seed;
                var (smallest, why) = ProgramShrinker.Shrink(program, problem, smaller => ProgramCheck.FindProblem(smaller, schedule));
                Assert.Fail($"Seed {seed}: {program}\nSmallest: {smallest}\n{why}");
            }
        }

        unobserved.Collect().Should().BeEmpty();
    }

    [Fact]
    public void Seeds_make_programs_of_every_kind_and_half_of_them_have_one_result()
    {
        var programs = Enumerable.Range(0, Default).Select(ProgramGenerator.Generate).ToList();

        programs.SelectMany(program => All(program.Root)).Select(node => node.GetType()).Distinct()
            .Should().BeEquivalentTo(typeof(Node).GetNestedTypes().Where(type => !type.IsAbstract));
        programs.Count(program => Determinacy.IsDetermined(program.Root)).Should().BeInRange(Default / 2, Default * 2 / 3);
        programs[7].ToString().Should().Be(ProgramGenerator.Generate(7).ToString());
    }

    private static IEnumerable<Node> All(Node node) => node.Parts.SelectMany(All).Prepend(node);
}
