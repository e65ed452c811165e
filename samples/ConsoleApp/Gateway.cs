using System.Security.Cryptography;
using System.Text;

namespace ConsoleApp;

/// <summary>
/// A payment provider that lets one call in five down: either the request is lost and nothing is charged, or the charge
/// is made and the answer is lost. Only the idempotency key keeps the next attempt from charging twice.
/// </summary>
internal sealed class Gateway(Ledger ledger)
{
    public async Task<Charge> ChargeAsync(Charge charge, int attempt, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        var luck = SHA256.HashData(Encoding.UTF8.GetBytes($"{charge.Key}#{attempt}"))[0] % 10;
        if (luck == 0)
        {
            throw new TimeoutException("The payment gateway did not take the request.");
        }

        var made = await ledger.AddAsync(charge, cancellationToken);
        if (luck == 1)
        {
            throw new TimeoutException("The payment gateway took the request and did not answer.");
        }

        return made;
    }
}
