using System.Globalization;

namespace TursoWorld;

/// <summary>
/// Thrown into workflow code when all items were to be worked on whatever happened
/// (<see cref="OnItemFailure.Collect"/>), and some of them failed.
/// </summary>
public sealed class ItemsFailedException : WorldException
{
    internal ItemsFailedException(int count, IReadOnlyList<ItemFailure> failures)
        : base(
            ErrorCodes.ItemsFailed,
            500,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{failures.Count} of {count} items failed; the first, at index {failures[0].Index}: {failures[0].Error.Message} All others were worked on; see Failures."),
            failures[0].Error) =>
        Failures = failures;

    /// <summary>What failed, in the order of the items.</summary>
    public IReadOnlyList<ItemFailure> Failures { get; }
}
