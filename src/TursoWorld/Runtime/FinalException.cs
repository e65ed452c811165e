namespace TursoWorld.Runtime;

/// <summary>An exception after which another attempt is pointless.</summary>
/// <param name="Fits">Whether it is such an exception.</param>
/// <param name="TypeName">Its type, when that is all that counts; null when a function of the program decides.</param>
internal sealed record FinalException(Func<Exception, bool> Fits, string? TypeName)
{
    /// <param name="exceptionType">Full name of the type; exceptions of derived types count.</param>
    public static FinalException Named(string exceptionType) => new(exception => HasName(exception, exceptionType), exceptionType);

    private static bool HasName(Exception exception, string exceptionType)
    {
        for (var type = exception.GetType(); type is not null; type = type.BaseType)
        {
            if (type.FullName == exceptionType)
            {
                return true;
            }
        }

        return false;
    }
}
