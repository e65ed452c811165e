using Microsoft.CodeAnalysis;

namespace TursoWorld.Tests.Architecture;

/// <summary>What users of the library can name, one line per type and member: <c>type | declaration</c>.</summary>
internal static class PublicSurface
{
    private static readonly SymbolDisplayFormat TypeName = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters);

    private static readonly SymbolDisplayFormat Member = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypes,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters
            | SymbolDisplayGenericsOptions.IncludeTypeConstraints
            | SymbolDisplayGenericsOptions.IncludeVariance,
        memberOptions: SymbolDisplayMemberOptions.IncludeParameters
            | SymbolDisplayMemberOptions.IncludeType
            | SymbolDisplayMemberOptions.IncludeRef
            | SymbolDisplayMemberOptions.IncludeModifiers
            | SymbolDisplayMemberOptions.IncludeConstantValue,
        delegateStyle: SymbolDisplayDelegateStyle.NameAndSignature,
        parameterOptions: SymbolDisplayParameterOptions.IncludeType
            | SymbolDisplayParameterOptions.IncludeName
            | SymbolDisplayParameterOptions.IncludeModifiers
            | SymbolDisplayParameterOptions.IncludeDefaultValue
            | SymbolDisplayParameterOptions.IncludeExtensionThis,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.UseSpecialTypes
            | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier
            | SymbolDisplayMiscellaneousOptions.AllowDefaultLiteral
            | SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers);

    /// <summary>By type, the type before its members, members by name.</summary>
    public static IReadOnlyList<string> Render(LibrarySources sources) => [..
        sources.TopLevelTypes()
            .Select(declared => declared.Type)
            .Distinct<INamedTypeSymbol>(SymbolEqualityComparer.Default)
            .SelectMany(WithNested)
            .Where(IsVisible)
            .OrderBy(type => type.ToDisplayString(TypeName), StringComparer.Ordinal)
            .SelectMany(Render)];

    private static IEnumerable<INamedTypeSymbol> WithNested(INamedTypeSymbol type) =>
        [type, .. type.GetTypeMembers().SelectMany(WithNested)];

    private static bool IsVisible(ISymbol symbol) =>
        symbol.DeclaredAccessibility
            is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal
        && (symbol.ContainingType is null || IsVisible(symbol.ContainingType));

    private static IEnumerable<string> Render(INamedTypeSymbol type)
    {
        var members = type.TypeKind == TypeKind.Delegate
            ? []
            : type.GetMembers()
                .Where(member => IsVisible(member) && !IsAccessor(member) && !IsGenerated(member))
                .OrderBy(member => member.Name, StringComparer.Ordinal)
                .ThenBy(RenderMember, StringComparer.Ordinal)
                .Select(RenderMember);
        var name = type.ToDisplayString(TypeName);
        return members.Prepend(RenderType(type)).Select(declaration => $"{name} | {declaration}");
    }

    private static bool IsAccessor(ISymbol member) =>
        member is INamedTypeSymbol or IMethodSymbol { AssociatedSymbol: not null };

    // Properties of record parameters count; a class has its parameterless constructor whether it is written or not.
    private static bool IsGenerated(ISymbol member) => member.IsImplicitlyDeclared && member is not (
        IPropertySymbol { Name: not "EqualityContract" }
        or IMethodSymbol
        {
            MethodKind: MethodKind.Constructor, Parameters: [], ContainingType.TypeKind: TypeKind.Class,
        });

    private static string RenderType(INamedTypeSymbol type)
    {
        var declaration = type.ToDisplayString(Member);
        if (type.TypeKind == TypeKind.Delegate)
        {
            return $"delegate {declaration}";
        }

        var isClass = type.TypeKind == TypeKind.Class;
        string?[] words = [
            type.IsStatic ? "static" : null,
            isClass && type is { IsAbstract: true, IsStatic: false } ? "abstract" : null,
            isClass && type is { IsSealed: true, IsStatic: false } ? "sealed" : null,
            type is { TypeKind: TypeKind.Struct, IsReadOnly: true } ? "readonly" : null,
            type.IsRecord ? "record" : null,
            type.IsRecord && isClass ? null : type.TypeKind.ToString().ToLowerInvariant(),
        ];
        var bases = string.Join(", ", BasesOf(type).Select(one => one.ToDisplayString(Member)));
        var constraints = declaration.IndexOf(" where ", StringComparison.Ordinal);
        return string.Join(' ', words.OfType<string>())
            + (bases.Length > 0 ? $" : {bases}" : "")
            + (constraints >= 0 ? declaration[constraints..] : "");
    }

    private static IEnumerable<INamedTypeSymbol> BasesOf(INamedTypeSymbol type)
    {
        var interfaces = type.Interfaces.Where(one => !(type.IsRecord && one.Name == nameof(IEquatable<>)));
        return type is { TypeKind: TypeKind.Class, BaseType: { SpecialType: SpecialType.None } parent }
            ? [parent, .. interfaces]
            : interfaces;
    }

    private static string RenderMember(ISymbol member)
    {
        var prefix = member.DeclaredAccessibility == Accessibility.Public ? "" : "protected ";
        return member switch
        {
            IPropertySymbol property => $"{prefix}{member.ToDisplayString(Member)} {{ {Accessors(property)}}}",
            IEventSymbol => $"{prefix}event {member.ToDisplayString(Member)}",
            _ => $"{prefix}{member.ToDisplayString(Member)}",
        };
    }

    private static string Accessors(IPropertySymbol property) =>
        (property.GetMethod is { } get && IsVisible(get) ? "get; " : "")
        + (property.SetMethod is { } set && IsVisible(set) ? set.IsInitOnly ? "init; " : "set; " : "");
}
