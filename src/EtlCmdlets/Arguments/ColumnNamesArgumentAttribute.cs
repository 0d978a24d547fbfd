using System.Collections;
using System.Management.Automation;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Refuses hashtables, which Select-Object takes as computed properties, and says what to use instead.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ColumnNamesArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? given = ValueUnwrapper.Unwrap(inputData);
        return given is IDictionary || (given is IList list && list.Cast<object?>().Any(item => ValueUnwrapper.Unwrap(item) is IDictionary))
            ? throw new ArgumentTransformationMetadataException("A hashtable is not the name of a column. Compute columns with -SetColumn @{ name = { … } }, and choose them here by their names.")
            : inputData;
    }
}
