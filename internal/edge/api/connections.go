package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// connectionNetwork is the type of connections that are a place in the network and nothing else.
const connectionNetwork = "NETWORK"

// secretProperties are the ConnectionProperties that HidePassword leaves out.
var secretProperties = []string{"PASSWORD", "ENCRYPTED_PASSWORD", "KAFKA_SASL_SCRAM_PASSWORD", "ENCRYPTED_KAFKA_SASL_SCRAM_PASSWORD",
	"KAFKA_CLIENT_KEYSTORE_PASSWORD", "ENCRYPTED_KAFKA_CLIENT_KEYSTORE_PASSWORD", "KAFKA_CLIENT_KEY_PASSWORD", "ENCRYPTED_KAFKA_CLIENT_KEY_PASSWORD",
	"KAFKA_SASL_PLAIN_PASSWORD", "ENCRYPTED_KAFKA_SASL_PLAIN_PASSWORD"}

// checkCatalog accepts the account's own catalog and no other.
func (a *API) checkCatalog(id *string) error {
	if id != nil && *id != a.cfg.Account {
		return glue.Errorf(glue.CodeEntityNotFound, "Catalog %s is not known here: Tenon has the catalog of account %s only.", *id, a.cfg.Account)
	}
	return nil
}

// connectionDoc checks a ConnectionInput and builds what is stored. What Tenon cannot keep safely is refused by name.
func connectionDoc(in *wire.ConnectionInput, by string) (json.RawMessage, error) {
	if val(in.ValidateCredentials) || len(in.ValidateForComputeEnvironments) > 0 {
		return nil, glue.Invalid("ValidateCredentials and ValidateForComputeEnvironments are not implemented by Tenon; create the connection without them.")
	}
	conn := wire.Connection{
		Name: in.Name, Description: in.Description, ConnectionType: in.ConnectionType, MatchCriteria: in.MatchCriteria,
		ConnectionProperties: in.ConnectionProperties, SparkProperties: in.SparkProperties, AthenaProperties: in.AthenaProperties,
		PythonProperties: in.PythonProperties, PhysicalConnectionRequirements: in.PhysicalConnectionRequirements,
		LastUpdatedBy: text(by), Status: ptr("READY"), ConnectionSchemaVersion: ptr(int32(1)),
	}
	if auth := in.AuthenticationConfiguration; auth != nil {
		if auth.BasicAuthenticationCredentials != nil || len(auth.CustomAuthenticationCredentials) > 0 || auth.OAuth2Properties != nil {
			return nil, glue.Invalid("Credentials in AuthenticationConfiguration are not implemented by Tenon; use SecretArn, or USERNAME and PASSWORD in ConnectionProperties.")
		}
		conn.AuthenticationConfiguration = &wire.AuthenticationConfiguration{
			AuthenticationType: auth.AuthenticationType, SecretArn: auth.SecretArn, KmsKeyArn: auth.KmsKeyArn}
		conn.ConnectionSchemaVersion = ptr(int32(2))
	}
	if val(in.ConnectionType) == connectionNetwork {
		if err := checkNetwork(in.PhysicalConnectionRequirements); err != nil {
			return nil, err
		}
	}
	doc, err := json.Marshal(conn)
	if err != nil {
		return nil, fmt.Errorf("api: encode connection: %w", err)
	}
	if len(doc) > glue.MaxDocumentBytes {
		return nil, glue.Invalid("The definition of connection %s is larger than %d bytes.", val(in.Name), glue.MaxDocumentBytes)
	}
	return doc, nil
}

// checkNetwork is the rule for connections of type NETWORK: they name a subnet, or they are good for nothing.
func checkNetwork(p *wire.PhysicalConnectionRequirements) error {
	if p == nil || val(p.SubnetId) == "" {
		return glue.Invalid("A connection of type %s needs PhysicalConnectionRequirements with a SubnetId.", connectionNetwork)
	}
	return nil
}

// createConnection is CreateConnection.
func (a *API) createConnection(ctx context.Context, c Call, in *wire.CreateConnectionRequest) (*wire.CreateConnectionResponse, error) {
	if err := a.checkCatalog(in.CatalogId); err != nil {
		return nil, err
	}
	doc, err := connectionDoc(in.ConnectionInput, c.Principal)
	if err != nil {
		return nil, err
	}
	_, err = a.create(ctx, c, glue.KindConnection, *in.ConnectionInput.Name, doc, in.Tags)
	return &wire.CreateConnectionResponse{CreateConnectionStatus: ptr("READY")}, err
}

// updateConnection is UpdateConnection: a full replacement. The name stays.
func (a *API) updateConnection(ctx context.Context, c Call, in *wire.UpdateConnectionRequest) (*wire.UpdateConnectionResponse, error) {
	if err := a.checkCatalog(in.CatalogId); err != nil {
		return nil, err
	}
	if val(in.ConnectionInput.Name) != *in.Name {
		return nil, glue.Invalid("A connection cannot be renamed: Name is %s, ConnectionInput.Name is %s.", *in.Name, val(in.ConnectionInput.Name))
	}
	doc, err := connectionDoc(in.ConnectionInput, c.Principal)
	if err != nil {
		return nil, err
	}
	err = a.update(ctx, c, glue.KindConnection, *in.Name, func(store.Definition) (json.RawMessage, error) { return doc, nil })
	return &wire.UpdateConnectionResponse{}, err
}

// connectionShape is a connection as it is shown, without its passwords where asked.
func connectionShape(d store.Definition, hide bool) (*wire.Connection, error) {
	conn, err := decode[wire.Connection](d)
	if err != nil {
		return nil, err
	}
	conn.CreationTime, conn.LastUpdatedTime = wire.At(d.Created), wire.At(d.Modified)
	if hide {
		conn.ConnectionProperties = maps.Clone(conn.ConnectionProperties)
		for _, key := range secretProperties {
			delete(conn.ConnectionProperties, key)
		}
	}
	return conn, nil
}

// getConnection is GetConnection.
func (a *API) getConnection(ctx context.Context, c Call, in *wire.GetConnectionRequest) (*wire.GetConnectionResponse, error) {
	if err := a.checkCatalog(in.CatalogId); err != nil {
		return nil, err
	}
	if in.ApplyOverrideForComputeEnvironment != nil {
		return nil, glue.Invalid("ApplyOverrideForComputeEnvironment is not implemented by Tenon.")
	}
	d, err := a.get(ctx, c, glue.KindConnection, *in.Name)
	if err != nil {
		return nil, err
	}
	conn, err := connectionShape(d, val(in.HidePassword))
	return &wire.GetConnectionResponse{Connection: conn}, err
}

// matches reports whether a connection passes the filter of GetConnections.
func matches(conn *wire.Connection, f *wire.GetConnectionsFilter) bool {
	if f == nil {
		return true
	}
	for _, m := range f.MatchCriteria {
		if !slices.Contains(conn.MatchCriteria, m) {
			return false
		}
	}
	return (f.ConnectionType == nil || val(conn.ConnectionType) == *f.ConnectionType) &&
		(f.ConnectionSchemaVersion == nil || val(conn.ConnectionSchemaVersion) == *f.ConnectionSchemaVersion)
}

// getConnections is GetConnections. A page is filtered after it is read, so it may be short and still have a next one.
func (a *API) getConnections(ctx context.Context, c Call, in *wire.GetConnectionsRequest) (*wire.GetConnectionsResponse, error) {
	if err := a.checkCatalog(in.CatalogId); err != nil {
		return nil, err
	}
	page, next, err := a.list(ctx, c, "GetConnections", glue.KindConnection, in.NextToken, in.MaxResults, nil)
	if err != nil {
		return nil, err
	}
	out := &wire.GetConnectionsResponse{ConnectionList: []wire.Connection{}, NextToken: next}
	for _, d := range page {
		conn, err := connectionShape(d, val(in.HidePassword))
		if err != nil {
			return nil, err
		}
		if matches(conn, in.Filter) {
			out.ConnectionList = append(out.ConnectionList, *conn)
		}
	}
	return out, nil
}

// deleteConnection is DeleteConnection, which is not idempotent in Glue.
func (a *API) deleteConnection(ctx context.Context, c Call, in *wire.DeleteConnectionRequest) (*wire.DeleteConnectionResponse, error) {
	if err := a.checkCatalog(in.CatalogId); err != nil {
		return nil, err
	}
	return &wire.DeleteConnectionResponse{}, a.dropConnection(ctx, c, *in.ConnectionName)
}

// dropConnection deletes one connection that must exist.
func (a *API) dropConnection(ctx context.Context, c Call, name string) error {
	gone, err := a.remove(ctx, c, glue.KindConnection, name)
	if err == nil && gone == nil {
		err = glue.NotFound(kindNames[glue.KindConnection], name)
	}
	return err
}

// batchDeleteConnection is BatchDeleteConnection: each name succeeds or fails alone.
func (a *API) batchDeleteConnection(ctx context.Context, c Call, in *wire.BatchDeleteConnectionRequest) (*wire.BatchDeleteConnectionResponse, error) {
	if err := a.checkCatalog(in.CatalogId); err != nil {
		return nil, err
	}
	out := &wire.BatchDeleteConnectionResponse{Succeeded: []string{}, Errors: map[string]wire.ErrorDetail{}}
	for _, name := range in.ConnectionNameList {
		err := a.dropConnection(ctx, c, name)
		if err == nil {
			out.Succeeded = append(out.Succeeded, name)
			continue
		}
		var e *glue.Error
		if !errors.As(clientError("BatchDeleteConnection", err), &e) {
			return nil, err
		}
		out.Errors[name] = wire.ErrorDetail{ErrorCode: ptr(string(e.Code)), ErrorMessage: ptr(e.Message)}
	}
	return out, nil
}

// testConnection is TestConnection: the mapping of a NETWORK connection is checked, and that is all that can be.
func (a *API) testConnection(ctx context.Context, c Call, in *wire.TestConnectionRequest) (*wire.TestConnectionResponse, error) {
	if err := a.checkCatalog(in.CatalogId); err != nil {
		return nil, err
	}
	if (in.ConnectionName == nil) == (in.TestConnectionInput == nil) {
		return nil, glue.Invalid("TestConnection takes either ConnectionName or TestConnectionInput.")
	}
	if in.TestConnectionInput != nil {
		return nil, glue.Invalid("TestConnectionInput is not implemented by Tenon: create the connection and test it by name.")
	}
	d, err := a.get(ctx, c, glue.KindConnection, *in.ConnectionName)
	if err != nil {
		return nil, err
	}
	conn, err := decode[wire.Connection](d)
	if err != nil {
		return nil, err
	}
	if kind := val(conn.ConnectionType); kind != connectionNetwork {
		return nil, glue.Invalid("Tenon cannot test connections of type %s: it checks that a %s connection names a subnet, and opens no connection to the data store.", kind, connectionNetwork)
	}
	return &wire.TestConnectionResponse{}, checkNetwork(conn.PhysicalConnectionRequirements)
}
