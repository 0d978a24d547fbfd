using System.Globalization;
using System.Management.Automation;
using EtlTools.Engine;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Takes a culture by name, <c>Invariant</c>, or as it is.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class CultureArgumentAttribute : ArgumentTransformationAttribute
{
    private const string Invariant = "Invariant";

    /// <summary>The names that tab completion offers.</summary>
    public static IEnumerable<string> Names =>
        CultureInfo.GetCultures(CultureTypes.SpecificCultures).Select(culture => culture.Name).Prepend(Invariant);

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? given = ValueUnwrapper.Unwrap(inputData);
        if (given is null or CultureInfo)
            return given;
        string name = given.ToString() ?? "";
        if (name.Length == 0 || name.Equals(Invariant, StringComparison.OrdinalIgnoreCase))
            return CultureInfo.InvariantCulture;
        try
        {
            return CultureInfo.GetCultureInfo(name, predefinedOnly: true);
        }
        catch (CultureNotFoundException e)
        {
            throw new ArgumentTransformationMetadataException(
                $"'{name}' is not a culture. Use a name such as de-DE, or Invariant.{NearName.Hint(name, Names)}", e);
        }
    }
}
