using System.Globalization;

namespace ConsoleApp;

internal sealed record BadRow(int Line, string Reason);

internal sealed record OrderFile(IReadOnlyList<Order> Orders, IReadOnlyList<BadRow> BadRows)
{
    private const string Header = "order_id,customer,sku,quantity,amount";
    private const NumberStyles AmountStyle = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;

    public static string ShippedOrders => Path.Combine(AppContext.BaseDirectory, "data", "orders.csv");

    private static string ShippedStock => Path.Combine(AppContext.BaseDirectory, "data", "stock.csv");

    public static OrderFile Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(Directory.Exists(path)
                ? $"'{path}' is a directory, not an order file."
                : $"There is no file '{path}'.");
        }

        var lines = File.ReadAllLines(path);
        if (lines.FirstOrDefault()?.Trim() != Header)
        {
            throw new InvalidDataException($"'{path}' is not an order file: its first line must be {Header}");
        }

        var orders = new Dictionary<string, Order>();
        var badRows = new List<BadRow>();
        foreach (var (index, line) in lines.Index().Skip(1).Where(row => !string.IsNullOrWhiteSpace(row.Item)))
        {
            try
            {
                var order = ParseOrder(index + 1, line);
                if (!orders.TryAdd(order.OrderId, order))
                {
                    throw new FormatException($"order {order.OrderId} is on line {orders[order.OrderId].Line} already");
                }
            }
            catch (FormatException e)
            {
                badRows.Add(new BadRow(index + 1, e.Message));
            }
        }

        return new OrderFile([.. orders.Values], badRows);
    }

    public static IReadOnlyList<StockLine> ReadStock() =>
        [.. File.ReadLines(ShippedStock).Skip(1).Select(Csv.Split)
            .Select(fields => new StockLine(fields[0], int.Parse(fields[1], CultureInfo.InvariantCulture)))];

    private static Order ParseOrder(int number, string line)
    {
        var fields = Csv.Split(line);
        if (fields.Count != 5)
        {
            throw new FormatException($"{fields.Count} columns instead of 5");
        }

        if (fields[0].Length == 0)
        {
            throw new FormatException("the order id is missing");
        }

        if (!int.TryParse(fields[3], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var quantity))
        {
            throw new FormatException($"quantity '{fields[3]}' is not a number");
        }

        if (!decimal.TryParse(fields[4], AmountStyle, CultureInfo.InvariantCulture, out var amount))
        {
            throw new FormatException($"amount '{fields[4]}' is not a number");
        }

        return new Order
        {
            Line = number,
            OrderId = fields[0],
            Customer = fields[1],
            Sku = fields[2],
            Quantity = quantity,
            Amount = amount,
        };
    }
}
